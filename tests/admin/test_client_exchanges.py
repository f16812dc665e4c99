"""A service in the console that signs assertions, or gets tokens for tokens of people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from portal.clients.rules import Switches
from portal.grants.rules.exchange import GRANT_TYPE as TOKEN_EXCHANGE
from portal.oauth.client_authentication import JWT_BEARER
from tests.admin.conftest import Operator, shown
from tests.admin.test_clients import register, stored
from tests.support.signing import OwnKey, key_set

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_assertions_need_keys_to_check_them_by(portal: Portal, maya: Operator) -> None:
    path = register(maya, kind="service", redirect_uris="")
    wish: dict[str, Any] = {"grant_types": ["client_credentials", JWT_BEARER]}
    refused = maya.send(f"{path}/settings/sign-in", wish)
    assert refused.status_code == 422
    assert "Signed assertions need the app" in shown(refused.text)
    proof = {
        "token_endpoint_auth_method": "client_secret_basic",
        "jwks": json.dumps(key_set(OwnKey())),
        "assertion_audience": "issuer",
    }
    assert maya.send(f"{path}/settings/proof", proof).status_code == 303
    assert maya.send(f"{path}/settings/sign-in", wish).status_code == 303
    assert stored(portal, path).grant_types == ["client_credentials", JWT_BEARER]


def test_a_service_has_scopes_about_people_only_where_it_gets_their_tokens(
    portal: Portal, maya: Operator
) -> None:
    path = register(maya, kind="service", redirect_uris="")
    wish: dict[str, Any] = {"client_name": "Stock service", "scopes": ["profile"]}
    assert 'name="scopes"' not in maya.page(f"{path}/settings")
    maya.send(f"{path}/settings/sign-in", {"grant_types": ["client_credentials", TOKEN_EXCHANGE]})
    assert 'name="scopes"' in maya.page(f"{path}/settings")
    assert maya.send(f"{path}/settings", wish).status_code == 303
    assert stored(portal, path).scope == "profile"
    tokens: dict[str, Any] = {
        "id_token_signed_response_alg": "RS256",
        "access_token_format": "jwt",
        "subject_type": "public",
        "token_exchange": "delegation",
        "exchange_subjects": "kestrel\nheron",
        "may_act": "heron",
        "protected_resources": "https://stock.example/",
    }
    assert maya.send(f"{path}/settings/tokens", tokens).status_code == 303
    switches = Switches.of(stored(portal, path).switches)
    assert (switches.token_exchange, switches.exchange_subjects) == ("delegation", ("kestrel", "heron"))
    assert (switches.may_act, switches.protected_resources) == ("heron", ("https://stock.example/",))
