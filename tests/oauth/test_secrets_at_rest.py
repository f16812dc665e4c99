"""Nothing that opens a door is stored or logged in a form that opens it (RFC 6819 section 5.1.4.1.3)."""

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.bootstrap import TABLES, Portal
from portal.grants.repository import SigningKeys
from portal.infra.crypto.jose import ALGORITHMS
from tests.oauth.steps import VERIFIER, App, sign_in_to, userinfo


def _dump(portal: Portal) -> str:
    """Every value of every row of every table, as text."""
    found: list[str] = []
    with portal.reading() as session:
        for table in TABLES.tables.values():
            for row in session.execute(select(table)):
                found += [_text(value) for value in row]
    return "\n".join(found)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    return value.hex() if isinstance(value, bytes) else str(value)


@pytest.fixture
def secrets_of_a_journey(visitor: FlaskClient, program: FlaskClient, web_app: App) -> dict[str, str]:
    """A whole journey with replay and refusals; everything secret that passed by."""
    code = sign_in_to(visitor, web_app, state="state-canary")["code"]
    tokens = web_app.redeem(program, code).get_json()
    userinfo(program, tokens["access_token"])
    web_app.post(program, "/oauth2/introspect", token=tokens["refresh_token"])
    fresh = web_app.refresh(program, tokens["refresh_token"]).get_json()
    web_app.refresh(program, tokens["refresh_token"])
    web_app.redeem(program, code)
    unused = sign_in_to(visitor, web_app)["code"]
    web_app.post(program, "/oauth2/revoke", token=fresh["access_token"])
    program.post("/oauth2/token", data={"client_id": web_app.client_id, "client_secret": "wrong-canary"})
    session_cookie = visitor.get_cookie("portal_session", domain="localhost")
    assert session_cookie is not None
    return {
        "code": code,
        "unused code": unused,
        "refresh token": tokens["refresh_token"],
        "second refresh token": fresh["refresh_token"],
        "access token": tokens["access_token"],
        "access token's signature": tokens["access_token"].rpartition(".")[2],
        "id token": tokens["id_token"],
        "client secret": web_app.secret or "",
        "presented secret": "wrong-canary",
        "verifier": VERIFIER,
        "session": session_cookie.value,
    }


def test_a_dump_of_the_database_opens_nothing(
    portal: Portal, program: FlaskClient, web_app: App, secrets_of_a_journey: dict[str, str]
) -> None:
    dump = _dump(portal)
    found = [
        name
        for name, secret in secrets_of_a_journey.items()
        for form in (secret, secret.rpartition("_")[2], base64.b64encode(secret.encode()).decode())
        if len(form) > 10 and form in dump
    ]
    assert found == []
    tried = {word for word in dump.split() if 20 <= len(word) <= 200}
    assert len(tried) > 20
    assert [word for word in tried if web_app.redeem(program, word).status_code != 400] == []


@pytest.mark.settings(log_level="DEBUG")
def test_the_log_holds_none_of_it(
    capfd: pytest.CaptureFixture[str], secrets_of_a_journey: dict[str, str]
) -> None:
    log = "".join(capfd.readouterr())
    assert "request_completed" in log
    assert [name for name, secret in secrets_of_a_journey.items() if secret in log] == []
    assert "state-canary" not in log


def test_private_keys_are_sealed(portal: Portal, visitor: FlaskClient, web_app: App) -> None:
    sign_in_to(visitor, web_app)
    with portal.reading() as session:
        keys = SigningKeys(session).all()
    assert {key.algorithm for key in keys} == {*ALGORITHMS}
    assert {key.sealed_private_key[:3] for key in keys} == {"v1."}
    assert [key for key in keys if "d" in key.public_jwk] == []
