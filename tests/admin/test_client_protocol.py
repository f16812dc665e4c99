"""Every setting of the protocol in the console: a group a page, beside the preset, contradictions at the field."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey

from portal.admin.clients.switch_words import GROUP_TITLES, WORDS
from portal.clients.rules import KINDS, Switches
from portal.clients.rules.profiles import GROUPS, ITS_OWN, departures, preset_values
from portal.clients.schemas import EditProtocol
from tests.admin.conftest import Operator, entries_of, shown
from tests.admin.test_clients import register, stored

if TYPE_CHECKING:
    from portal.bootstrap import Portal

SIGN_IN: dict[str, Any] = {
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "require_pkce": "y",
}
KEYS = json.dumps(
    {"keys": [ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}).as_dict(private=False)]}
)


def test_every_setting_stands_in_one_group_and_has_words() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert len(names) == len(set(names))
    assert set(names) == set(EditProtocol.model_fields)
    assert {field.name for field in fields(Switches)} <= set(names)
    assert set(WORDS) == set(names)
    assert set(GROUP_TITLES) == set(GROUPS)
    assert set(names) >= ITS_OWN


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_begins_without_a_departure_from_its_kind(kind: Any) -> None:  # noqa: ANN401 - one of the literals
    assert departures(kind, preset_values(kind)) == []


def test_each_page_shows_its_settings_under_their_registered_names(maya: Operator) -> None:
    path = register(maya)
    for group, names in GROUPS.items():
        page = maya.page(f"{path}/settings/{group}")
        assert GROUP_TITLES[group][0] in shown(page)
        for name in names:
            assert f'<code class="ltr">{name}</code>' in page
            assert f'name="{name}"' in page
    assert maya.get(f"{path}/settings/nothing").status_code == 404


def test_one_group_is_saved_and_the_others_stay(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    wish = SIGN_IN | {"require_pushed_authorization_requests": "y", "default_max_age": "3600"}
    answer = maya.send(f"{path}/settings/sign-in", wish)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/settings/sign-in")
    assert maya.send(f"{path}/settings/lifetimes", {"access_token_seconds": "300"}).status_code == 303
    switches = Switches.of(stored(portal, path).switches)
    assert switches.require_pushed_authorization_requests
    assert (switches.default_max_age, switches.access_token_seconds) == (3600, 300)
    assert not switches.refresh_rotation  # the switch was not sent, so it is off
    assert stored(portal, path).require_pkce
    tokens = {
        "id_token_signed_response_alg": "ES256",
        "access_token_format": "opaque",
        "subject_type": "public",
    }
    assert maya.send(f"{path}/settings/tokens", tokens).status_code == 303
    assert stored(portal, path).id_token_signed_response_alg == "ES256"
    about = {"contacts": "ops@example.org\nsecurity@example.org", "software_version": "2.1"}
    assert maya.send(f"{path}/settings/about", about).status_code == 303
    assert Switches.of(stored(portal, path).switches).contacts == ("ops@example.org", "security@example.org")
    assert Switches.of(stored(portal, path).switches).access_token_format == "opaque"


def test_the_change_is_read_in_the_log(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    maya.send(f"{path}/settings/sign-in", SIGN_IN | {"require_pushed_authorization_requests": "y"})
    (entry,) = entries_of(portal, "client.edited")
    assert entry.after_state == {"require_pushed_authorization_requests": True}
    assert "Has to push its requests" in shown(maya.page(path))
    maya.send(f"{path}/settings/sign-in", SIGN_IN | {"require_pushed_authorization_requests": "y"})
    assert len(entries_of(portal, "client.edited")) == 1


def test_contradictions_are_refused_at_the_field_and_nothing_is_lost(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    before = stored(portal, path).describe()
    wish = {"token_endpoint_auth_method": "private_key_jwt", "assertion_audience": "issuer"}
    answer = maya.send(f"{path}/settings/proof", wish)
    assert answer.status_code == 422
    assert 'id="jwks-error"' in answer.text
    assert re.search(
        r'value="private_key_jwt"[^>]* checked|checked[^>]* value="private_key_jwt"', answer.text
    )
    broken = maya.send(f"{path}/settings/proof", wish | {"jwks": "{no json"})
    assert "This is no JSON" in shown(broken.text)
    assert "{no json" in broken.text
    secret = maya.send(
        f"{path}/settings/proof", wish | {"jwks": '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'}
    )
    assert "it holds a secret" in shown(secret.text)
    both = SIGN_IN | {"grant_types": ["client_credentials"]}
    assert maya.send(f"{path}/settings/sign-in", both).status_code == 422
    bad = {"access_token_seconds": "soon", "refresh_rotation": "y"}
    assert 'value="soon"' in maya.send(f"{path}/settings/lifetimes", bad).text
    assert stored(portal, path).describe() == before
    keys = maya.send(f"{path}/settings/proof", wish | {"jwks": KEYS})
    assert keys.status_code == 303
    assert stored(portal, path).token_endpoint_auth_method == "private_key_jwt"


def test_a_public_app_cannot_be_given_a_way_to_prove_itself(portal: Portal, maya: Operator) -> None:
    path = register(maya, kind="spa")
    wish = {"token_endpoint_auth_method": "client_secret_basic", "assertion_audience": "issuer_or_endpoint"}
    assert maya.send(f"{path}/settings/proof", wish).status_code == 422
    assert stored(portal, path).is_public


def test_what_differs_from_the_preset_is_marked_and_one_button_goes_back(
    portal: Portal, maya: Operator
) -> None:
    path = register(maya)
    before = stored(portal, path).describe()
    assert "differs from the preset" not in maya.page(f"{path}/settings/tokens")
    maya.send(f"{path}/settings/lifetimes", {"access_token_seconds": "300", "refresh_rotation": "y"})
    maya.send(f"{path}/settings/about", {"contacts": "ops@example.org"})
    page = shown(maya.page(f"{path}/settings/lifetimes"))
    assert "1 setting differs from the preset" in page
    assert "Changed from the preset, which says nothing." in page
    table = shown(maya.page(f"{path}/settings/preset"))
    assert "Access tokens access_token_seconds 300 nothing" in table
    assert maya.send(f"{path}/settings/preset").status_code == 303
    assert stored(portal, path).describe() == before | {"contacts": ["ops@example.org"]}
    assert "Nothing to change" in maya.page(f"{path}/settings/preset")


def test_the_general_page_leaves_the_protocol_alone(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    maya.send(f"{path}/settings/sign-in", SIGN_IN | {"require_pkce": ""})
    maya.send(f"{path}/settings/tokens", {"id_token_signed_response_alg": "EdDSA"})
    general = {"client_name": "Kestrel", "redirect_uris": "https://ci.example.org/cb", "scopes": ["openid"]}
    assert maya.send(f"{path}/settings", general).status_code == 303
    client = stored(portal, path)
    assert (client.client_name, client.id_token_signed_response_alg) == ("Kestrel", "EdDSA")


def test_only_who_may_change_apps_sees_the_settings(maya: Operator, audrey: Operator) -> None:
    path = register(maya)
    for page in ("/settings/tokens", "/settings/preset"):
        assert audrey.get(path + page).status_code == 403
