"""Answers as one signed token (JARM; CONFORMANCE 8): nothing beside it, and nobody can put another one together."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.rules.switches import Switches
from portal.infra.crypto.jose import LEEWAY_SECONDS
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import CALLBACK, ISSUER, App, part_of
from tests.oauth.ways_back import ask, opened
from tests.support.portals import MovableClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MODES = ("query.jwt", "fragment.jwt", "form_post.jwt")


@pytest.fixture
def signed_app(register_app: RegisterApp) -> App:
    """An app whose answers are signed, and that is not asked about."""
    switches = Switches(authorization_signed_response_alg="ES256")
    return register_app("web", require_consent=False, switches=switches.document())


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_is_one_token_and_nothing_else(
    portal: Portal, visitor: FlaskClient, signed_app: App, clock: MovableClock, mode: str
) -> None:
    back = ask(visitor, signed_app, response_mode=mode, state="a state with & and é")
    assert (back.carrier, back.address) == (mode.removesuffix(".jwt"), CALLBACK)
    claims = opened(portal, back.told)
    assert set(claims) == {"iss", "aud", "exp", "code", "state"}
    assert (claims["iss"], claims["aud"]) == (ISSUER, signed_app.client_id)
    assert 10 < claims["exp"] - clock.now().timestamp() <= 600
    assert claims["state"] == "a state with & and é"
    assert signed_app.redeem(visitor, claims["code"]).status_code == 200


def test_jwt_alone_means_the_usual_way(portal: Portal, visitor: FlaskClient, signed_app: App) -> None:
    back = ask(visitor, signed_app, response_mode="jwt")
    assert back.carrier == "query"
    assert "code" in opened(portal, back.told)


@pytest.mark.parametrize("mode", MODES)
def test_errors_are_signed_too(
    app: Flask, portal: Portal, visitor: FlaskClient, signed_app: App, mode: str
) -> None:
    """Of prompt=none and of the reader; a bare error beside signed answers could be anybody's."""
    silent = ask(app.test_client(), signed_app, response_mode=mode, prompt="none")
    wrong = ask(visitor, signed_app, response_mode=mode, prompt="none login")
    for back, error in ((silent, "login_required"), (wrong, "invalid_request")):
        assert back.carrier == mode.removesuffix(".jwt")
        claims = opened(portal, back.told)
        assert set(claims) == {"iss", "aud", "exp", "error", "error_description", "state"}
        assert (claims["error"], claims["aud"]) == (error, signed_app.client_id)


@pytest.mark.parametrize(
    ("kind", "registered", "used"),
    [("web", None, "RS256"), ("web", "PS256", "PS256"), ("web", "EdDSA", "EdDSA"), ("fapi2", None, "PS256")],
)
def test_the_app_chooses_the_algorithm(
    portal: Portal,
    visitor: FlaskClient,
    register_app: RegisterApp,
    kind: str,
    registered: str | None,
    used: str,
) -> None:
    """RS256 where it says nothing (JARM 3); FAPI 2.0 forbids that one."""
    switches = Switches(authorization_signed_response_alg=registered)
    app = register_app(kind, require_consent=False, switches=switches.document())
    token = ask(visitor, app, response_mode="jwt").told["response"]
    header = part_of(token, 0)
    assert (header["alg"], header["typ"]) == (used, "JWT")
    assert header["kid"] in portal.issuer.keys.jwks.decode()


def test_a_signed_answer_is_no_id_token(visitor: FlaskClient, signed_app: App, clock: MovableClock) -> None:
    """It has the type, the issuer and the audience of one; what it lacks is a subject."""
    token = ask(visitor, signed_app, response_mode="jwt").told["response"]
    back = ask(visitor, signed_app, id_token_hint=token, prompt="none")
    assert back.told["error"] == "invalid_request"
    clock.advance(seconds=LEEWAY_SECONDS)
    answer = visitor.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
