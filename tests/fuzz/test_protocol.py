"""What programs may send to the endpoints of the protocol: never a fault, and always an error that a program can read.

The fuzz of every route (test_routes) starts from requests that are almost right; here the caller is a known app, and
what it sends is anything.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.hostile import FORM, NAMES, TEXTS, encoded
from tests.fuzz.test_routes import PHASES
from tests.oauth.artefacts import BEARER, House, furnish
from tests.oauth.conftest import RegisterApp, maya, program, register_app, visitor

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.bootstrap import Portal

__all__ = ["maya", "program", "register_app", "visitor"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open"),
]

EXAMPLES: Final = int(os.environ.get("PORTAL_TEST_EXAMPLES", "25"))
FORMS: Final[dict[str, tuple[str, ...]]] = {
    "/oauth2/token": (
        "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "device_code", "resource",
        "audience", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type",
        "assertion", "client_assertion", "client_assertion_type", "authorization_details", "client_id",
    ),
    "/oauth2/par": (
        "response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
        "response_mode", "request", "request_uri", "claims", "acr_values", "max_age", "prompt", "display", "ui_locales",
        "login_hint", "id_token_hint", "resource", "authorization_details", "dpop_jkt", "client_id",
    ),
    "/oauth2/device_authorization": ("scope", "resource", "client_id", "claims"),
    "/oauth2/introspect": ("token", "token_type_hint", "client_id"),
    "/oauth2/revoke": ("token", "token_type_hint", "client_id"),
}  # fmt: skip
GRANTS: Final = (
    "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange", BEARER, "password", "implicit", "",
)  # fmt: skip


@pytest.fixture
def house(portal: Portal, app: Flask, visitor: FlaskClient, register_app: RegisterApp) -> House:
    return furnish(portal, app, visitor, register_app)


def values_of(house: House) -> st.SearchStrategy[str]:
    """Something of ours in the wrong place, something that broke others, or anything."""
    ours = st.sampled_from([*house.artefacts.values(), house.app.redirect_uri, "openid", "code", "S256"])
    return ours | st.sampled_from(TEXTS) | st.text(max_size=12)


@pytest.mark.parametrize("path", FORMS)
@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(data=st.data())
def test_whatever_an_app_sends_is_answered(house: House, path: str, data: st.DataObject) -> None:
    names = st.sampled_from(FORMS[path]) | st.sampled_from(NAMES)
    pairs = data.draw(st.lists(st.tuples(names, values_of(house)), max_size=6))
    if path == "/oauth2/token":
        pairs.append(("grant_type", data.draw(st.sampled_from(GRANTS))))
    headers, fields = house.app.credentials()
    body = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in [*fields.items(), *pairs])
    answer = house.program.post(path, data=body.encode(), headers={**headers, "Content-Type": FORM})
    assert_clear(answer)


MEMBERS: Final = (
    "redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method", "jwks", "jwks_uri", "client_name",
    "client_name#fr", "logo_uri", "contacts", "scope", "software_statement", "sector_identifier_uri", "request_uris",
    "subject_type", "default_max_age", "require_auth_time", "default_acr_values", "application_type",
    "id_token_signed_response_alg", "userinfo_encrypted_response_enc", "initiate_login_uri",
    "backchannel_logout_uri", "post_logout_redirect_uris", "tls_client_auth_subject_dn", "dpop_bound_access_tokens",
    "authorization_details_types", "client_id", "client_secret", "is_vouched", "__class__",
)  # fmt: skip
SCALARS: Final = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TEXTS) | st.text(max_size=9)
)
JSON_VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@settings(max_examples=EXAMPLES * 2, deadline=None, phases=PHASES)
@given(data=st.data())
def test_whatever_wants_to_be_registered_is_answered(house: House, data: st.DataObject) -> None:
    good: dict[str, Any] = {"redirect_uris": [house.app.redirect_uri]} if data.draw(st.booleans()) else {}
    wish = good | data.draw(st.dictionaries(st.sampled_from(MEMBERS), JSON_VALUES, max_size=4))
    body = json.dumps(wish, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    paths = ["/oauth2/register", f"/oauth2/register/{house.registered_id}"]
    path = data.draw(st.sampled_from(paths))
    headers = {"Content-Type": "application/json"}
    if path != paths[0]:
        headers["Authorization"] = f"Bearer {house.artefacts['registration token']}"
    send = house.program.put if path != paths[0] else house.program.post
    assert_clear(send(path, data=body, headers=headers))


@pytest.mark.parametrize("path", [*FORMS, "/oauth2/register"])
def test_too_much_is_refused_in_words_for_programs(program: FlaskClient, path: str) -> None:
    answer = program.post(
        path, data=b"x" * 66_000, content_type=FORM if path in FORMS else "application/json"
    )
    assert (answer.status_code, answer.get_json()["error"]) == (413, "invalid_request")
    assert_clear(answer)


def assert_clear(answer: TestResponse) -> None:
    """A document, or an error of the registered form in the characters that RFC 6749 allows, and nothing of ours."""
    assert answer.status_code in {200, 201, 400, 401, 403, 413, 429}, answer.text
    if answer.status_code in {200, 201} and not answer.data:
        return
    body = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code >= 400:
        assert set(body) <= {"error", "error_description", "error_uri"}
        assert body["error"].replace("_", "").isalpha()
        description = body.get("error_description", "")
        assert all(" " <= character <= "~" and character not in '"\\' for character in description), (
            description
        )
        assert "Traceback" not in description
