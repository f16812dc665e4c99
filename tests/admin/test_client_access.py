"""Who may use an app, by role and by group, and what it is told of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portal.infra.ids import new_id
from tests.admin.conftest import Operator, shown
from tests.admin.test_clients import register, stored
from tests.oauth.holding import make_group

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_groups_are_chosen_beside_roles(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    builders = make_group(portal, "builders")
    answer = maya.send(f"{path}/access", {"audience": "roles", "group_ids": [str(builders.id)]})
    assert answer.status_code == 303
    page = shown(maya.page(path))
    assert "People in one of these groups: builders" in page
    assert "Closed to everybody" not in page
    assert "builders" in shown(maya.page("/admin/audit"))
    assert re.search(rf'value="{builders.id}"[^>]* checked', maya.page(f"{path}/access"))
    assert maya.send(f"{path}/access", {"audience": "roles"}).status_code == 303
    assert "Closed to everybody" in maya.page(path)
    gone = maya.send(f"{path}/access", {"audience": "roles", "group_ids": [str(new_id())]})
    assert gone.status_code == 422
    assert "One of these groups no longer exists" in gone.text


def test_of_many_groups_the_chosen_ones_and_those_looked_for_are_offered(
    portal: Portal, maya: Operator
) -> None:
    path = register(maya)
    groups = {name: make_group(portal, name) for name in (*(f"team {n:02}" for n in range(60)), "zeppelin")}
    maya.send(f"{path}/access", {"audience": "roles", "group_ids": [str(groups["team 59"].id)]})
    page = maya.page(f"{path}/access")
    assert "There are more groups than these" in page
    assert (f'value="{groups["team 59"].id}"' in page, f'value="{groups["zeppelin"].id}"' in page) == (
        True,
        False,
    )
    found = maya.page(f"{path}/access?q=zepp")
    assert f'value="{groups["zeppelin"].id}"' in found
    both = [str(groups["team 59"].id), str(groups["zeppelin"].id)]
    assert maya.send(f"{path}/access?q=zepp", {"audience": "roles", "group_ids": both}).status_code == 303
    assert "team 59 zeppelin" in shown(maya.page(path))


def test_what_tokens_say_is_chosen_and_must_be_asked_for(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    wish = {
        "client_name": "Kestrel",
        "redirect_uris": "https://ci.example.org/callback",
        "scopes": ["openid", "groups"],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
    }
    refused = maya.send(f"{path}/settings", wish | {"access_claims": ["groups", "permissions"]})
    assert refused.status_code == 422
    assert "Let it ask for permissions first" in shown(refused.text)
    assert maya.send(f"{path}/settings", wish | {"access_claims": ["groups"]}).status_code == 303
    assert stored(portal, path).access_claims == ["groups"]
    assert "Also in its tokens Groups" in shown(maya.page(path))
    assert maya.send(f"{path}/settings", wish).status_code == 303
    assert stored(portal, path).access_claims is None
    assert maya.send(f"{path}/settings", wish | {"access_claims": ["sub"]}).status_code == 422
