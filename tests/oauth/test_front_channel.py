"""Tokens through the browser, where portal and app are set to it (OpenID Connect Core 3.2, 3.3; CONFORMANCE 3)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.rules.switches import Switches
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import half_hash
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import ISSUER, App, answer_consent, authorize, payload_of, userinfo
from tests.oauth.ways_back import ask, read
from tests.support.portals import MovableClock

pytestmark = [
    pytest.mark.settings(implicit_flow=True),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

TYPES = ("id_token", "id_token token", "code id_token", "code token", "code id_token token")
GRANTS = ["authorization_code", "implicit", "refresh_token"]


@pytest.fixture
def old_app(register_app: RegisterApp) -> App:
    """An app that may do everything that the Implicit and Hybrid plans ask for."""
    return register_app("legacy", response_types=["code", *TYPES], grant_types=GRANTS, everyone_may_use=True)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_brings_what_it_names(visitor: FlaskClient, old_app: App, kind: str) -> None:
    back = ask(visitor, old_app, response_type=kind, code_challenge=None, code_challenge_method=None)
    words = set(kind.split())
    expected = {"state", "iss"} | (words & {"code", "id_token"})
    if "token" in words:
        expected |= {"access_token", "token_type", "expires_in", "scope"}
    assert back.carrier == "fragment"
    assert set(back.told) == expected
    assert (back.told["state"], back.told["iss"]) == ("state-1", ISSUER)


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
@pytest.mark.parametrize("kind", TYPES)
def test_no_token_is_ever_in_a_query(visitor: FlaskClient, old_app: App, kind: str, mode: str) -> None:
    """Nor in the address of our own pages on the way; asked for a query, an error comes in the fragment."""
    assert ask(visitor, old_app, response_type=kind, response_mode=mode).carrier == mode
    for wish in ("query", "query.jwt"):
        back = ask(visitor, old_app, response_type=kind, response_mode=wish)
        assert (back.carrier, back.told["error"]) == ("fragment", "invalid_request")


@pytest.mark.parametrize("kind", [kind for kind in TYPES if "id_token" in kind])
def test_an_id_token_holds_hashes_of_what_came_beside_it(
    visitor: FlaskClient, old_app: App, maya: User, kind: str
) -> None:
    told = ask(visitor, old_app, response_type=kind).told
    claims = payload_of(told["id_token"])
    beside = {"at_hash": told.get("access_token"), "c_hash": told.get("code")}
    beside["s_hash"] = told["state"] if "code" in kind else None
    for name, text in beside.items():
        assert claims.get(name) == (half_hash(text, "RS256") if text else None), name
    assert (claims["sub"], claims["iss"], claims["aud"]) == (str(maya.id), ISSUER, old_app.client_id)
    assert claims["nonce"] == "nonce-1"
    assert {"auth_time", "acr", "sid", "exp", "iat"} <= set(claims)


@pytest.mark.parametrize("kind", ["code id_token", "code id_token token"])
def test_both_id_tokens_of_a_hybrid_answer_are_about_the_same_sign_in(
    visitor: FlaskClient, old_app: App, kind: str
) -> None:
    told = ask(visitor, old_app, response_type=kind).told
    first = payload_of(told["id_token"])
    second = payload_of(old_app.redeem(visitor, told["code"]).get_json()["id_token"])
    for claim in ("iss", "sub", "aud", "nonce", "auth_time", "acr", "sid"):
        assert first[claim] == second[claim]


@pytest.mark.parametrize("kind", ["id_token token", "code token", "code id_token token"])
def test_the_access_token_works_and_says_how_long(
    visitor: FlaskClient, program: FlaskClient, old_app: App, kind: str
) -> None:
    told = ask(visitor, old_app, response_type=kind, scope="openid email offline_access").told
    assert (told["token_type"], told["expires_in"]) == ("Bearer", "3600")
    assert told["scope"] == ("openid email offline_access" if "code" in kind else "openid email")
    claims = userinfo(program, told["access_token"]).get_json()
    assert claims["email"] == "maya@meridian.example"


def test_nobody_is_asked_to_stay_connected_without_a_code(visitor: FlaskClient, old_app: App) -> None:
    for kind, is_asked in (("id_token token", False), ("code id_token", True)):
        page = authorize(visitor, old_app.request(response_type=kind, prompt="consent"))
        assert ("Stay connected" in page.text) is is_asked


def test_an_id_token_alone_tells_what_its_scopes_stand_for(
    visitor: FlaskClient, old_app: App, maya: User
) -> None:
    """Core 5.4: there is nothing to ask userinfo with. Beside an access token or a code it tells none of it."""
    alone = payload_of(ask(visitor, old_app, response_type="id_token").told["id_token"])
    assert (alone["email"], alone["name"]) == (maya.email, maya.name)
    for kind in ("id_token token", "code id_token", "code id_token token"):
        claims = payload_of(ask(visitor, old_app, response_type=kind).told["id_token"])
        assert not {"email", "name", "preferred_username"} & set(claims)


@pytest.mark.parametrize("kind", ["id_token", "code id_token", "id_token token"])
def test_claims_asked_for_in_the_id_token_are_there(visitor: FlaskClient, old_app: App, kind: str) -> None:
    """oidcc-claims-essential."""
    wish = '{"id_token": {"name": {"essential": true}}}'
    told = ask(visitor, old_app, response_type=kind, scope="openid", claims=wish).told
    claims = payload_of(told["id_token"])
    assert claims["name"] == "Maya Okafor"
    assert "email" not in claims


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("mode", [None, "form_post"])
def test_a_nonce_is_needed_for_an_id_token(
    visitor: FlaskClient, old_app: App, kind: str, mode: str | None
) -> None:
    """oidcc-ensure-request-without-nonce-fails, and -succeeds-for-code-flow for `code token`."""
    back = ask(visitor, old_app, response_type=kind, nonce=None, response_mode=mode)
    assert back.carrier == (mode or "fragment")
    if "id_token" in kind:
        assert (back.told["error"], back.told["state"]) == ("invalid_request", "state-1")
        assert "code" not in back.told
    else:
        assert {"code", "access_token"} <= set(back.told)


@pytest.mark.parametrize("kind", TYPES)
def test_silent_errors_are_in_the_fragment(app: Flask, old_app: App, kind: str) -> None:
    """oidcc-prompt-none-not-logged-in, with its long state."""
    state = "z" * 124 + "-._~"
    back = ask(app.test_client(), old_app, response_type=kind, prompt="none", state=state)
    assert (back.carrier, back.told["error"], back.told["state"]) == ("fragment", "login_required", state)
    assert set(back.told) == {"error", "error_description", "state", "iss"}


def test_a_token_alone_is_no_answer(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("legacy", response_types=["code", "token"], grant_types=GRANTS)
    back = ask(visitor, app, response_type="token")
    assert (back.carrier, back.told["error"]) == ("fragment", "unsupported_response_type")


@pytest.mark.parametrize(
    "columns",
    [
        {"response_types": ["code"], "grant_types": GRANTS},
        {"response_types": ["code", *TYPES], "grant_types": ["authorization_code"]},
        {
            "response_types": ["code", *TYPES],
            "grant_types": GRANTS,
            "switches": Switches(dpop_bound_access_tokens=True).document(),
        },
    ],
    ids=["type", "grant type", "bound tokens"],
)
def test_an_app_gets_only_what_it_is_registered_for(
    visitor: FlaskClient, register_app: RegisterApp, columns: dict[str, object]
) -> None:
    app = register_app("legacy", require_consent=False, **columns)
    back = ask(visitor, app, response_type="id_token token", prompt="none")
    assert (back.carrier, back.told["error"]) == ("fragment", "unauthorized_client")


def test_what_was_taken_from_an_app_meanwhile_is_not_given(
    portal: Portal, visitor: FlaskClient, old_app: App
) -> None:
    """The person is on the consent page when an operator lets the app have codes only."""
    page = authorize(visitor, old_app.request(response_type="id_token token"))
    assert "Allow access" in page.text
    with portal.unit_of_work(SYSTEM) as uow:
        client = Clients(uow.session).get(client_row(portal, old_app).id)
        client.response_types, client.updated_at = ["code"], uow.now
    back = read(answer_consent(visitor, page))
    assert (back.carrier, back.told["error"]) == ("fragment", "unauthorized_client")


@pytest.mark.settings(implicit_flow=False)
@pytest.mark.parametrize("kind", TYPES)
def test_it_is_off_where_nobody_turned_it_on(visitor: FlaskClient, old_app: App, kind: str) -> None:
    back = ask(visitor, old_app, response_type=kind)
    assert (back.carrier, back.told["error"]) == ("fragment", "unsupported_response_type")


def test_what_was_given_is_in_the_audit_log(portal: Portal, visitor: FlaskClient, old_app: App) -> None:
    ask(visitor, old_app, response_type="id_token token", scope="openid")
    assert [entry.details for entry in audit_of(portal, "tokens.issued")] == [
        {"grant_type": "implicit", "scope": "openid"}
    ]
    assert len(audit_of(portal, "client.signed_in")) == 1
    ask(visitor, old_app, response_type="code id_token", scope="openid")
    assert len(audit_of(portal, "tokens.issued")) == 1, "an ID token is no access"


def test_the_first_sign_in_of_an_app_is_noted_without_a_code_too(
    portal: Portal, visitor: FlaskClient, old_app: App, clock: MovableClock
) -> None:
    ask(visitor, old_app, response_type="id_token")
    first = client_row(portal, old_app).first_sign_in_at
    assert first is not None
    clock.advance(minutes=5)
    ask(visitor, old_app, response_type="id_token")
    assert client_row(portal, old_app).first_sign_in_at == first


def test_the_metadata_offers_it_where_it_is_on(program: FlaskClient) -> None:
    document = program.get("/.well-known/openid-configuration").get_json()
    assert set(document["response_types_supported"]) == {"code", *TYPES}
    assert "implicit" in document["grant_types_supported"]
    assert document["response_modes_supported"][:3] == ["query", "fragment", "form_post"]
