"""A service account signs who it is, and gets a token with which it speaks for itself (RFC 7523 section 2.1)."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.clients.usecases import disable_client
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.exchanging import refusal_of
from tests.oauth.proving import ASSERTION, TOKEN, SigningApp, ask_by, assertion_claims, is_refused, proof
from tests.oauth.steps import ISSUER, App, payload_of
from tests.support.crowds import at_once
from tests.support.signing import OwnKey, key_set
from tests.support.statements import statements

ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules of the protocol, whatever is below."""
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
STOCK = "https://stock.example/"


@pytest.fixture
def account(register_app: RegisterApp) -> SigningApp:
    """A service account: it has a secret too, and never shows it."""
    key = OwnKey()
    app = register_app(
        "service",
        grant_types=[GRANT_TYPE],
        jwks=key_set(key),
        switches={"resources": [STOCK]},
    )
    return SigningApp(**{**vars(app), "key": key})


def hand_in(program: FlaskClient, assertion: str | None, **form: str) -> TestResponse:
    """The whole request: nothing beside the assertion says who asks."""
    given = {"assertion": assertion} if assertion is not None else {}
    return program.post(TOKEN, data={"grant_type": GRANT_TYPE, **given, **form})


def test_an_assertion_is_all_it_takes(portal: Portal, program: FlaskClient, account: SigningApp) -> None:
    assert account.key is not None
    told: dict[str, Any] = {}
    for typ in ("JWT", None, "authorization-grant+jwt", "application/authorization-grant+jwt"):
        signed = account.key.sign(assertion_claims(account.client_id), typ=typ)
        answer = hand_in(program, signed)
        assert answer.status_code == 200, answer.text
        told = answer.get_json()
    assert told.keys() == {"access_token", "token_type", "expires_in"}, "never a refresh token"
    claims = payload_of(told["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (
        account.client_id,
        account.client_id,
        ISSUER,
    )
    assert audit_of(portal, "tokens.issued")[0].details["grant_type"] == GRANT_TYPE
    assert hand_in(program, account.assertion(), client_id=account.client_id).status_code == 200
    assert hand_in(program, account.assertion(aud=f"{ISSUER}/oauth2/token")).status_code == 200
    assert hand_in(program, account.assertion(aud=[ISSUER])).status_code == 200


@ON_ONE_DATABASE
def test_it_may_come_beside_any_other_proof(
    program: FlaskClient, register_app: RegisterApp, account: SigningApp
) -> None:
    by_secret = App(**{name: getattr(account, name) for name in ("client_id", "secret", "auth_method")})
    form = {"grant_type": GRANT_TYPE}
    assert by_secret.post(program, TOKEN, **form, assertion=account.assertion()).status_code == 200
    used = account.assertion()
    assert by_secret.post(program, TOKEN, **form, assertion=used).status_code == 200
    assert refusal_of(by_secret.post(program, TOKEN, **form, assertion=used))[0] == "invalid_grant"
    assert refusal_of(by_secret.post(program, TOKEN, **form))[0] == "invalid_request"
    other = register_app("service", grant_types=[GRANT_TYPE], jwks=key_set(OwnKey()))
    answer = other.post(program, TOKEN, **form, assertion=account.assertion())
    assert refusal_of(answer)[0] == "invalid_grant", "another client's"


@ON_ONE_DATABASE
def test_what_it_must_say(portal: Portal, program: FlaskClient, account: SigningApp) -> None:
    """PYSEC-2026-4358: the audience is never left out. Nobody vouches for anybody but themselves."""
    now = int(time.time())
    wrong: list[dict[str, Any]] = [
        {"iss": None}, {"iss": "nobody"}, {"sub": None}, {"sub": "maya"}, {"sub": ["x"]},
        {"aud": None}, {"aud": ""}, {"aud": []}, {"aud": "https://other.example"},
        {"aud": [ISSUER, "https://other.example"]}, {"aud": f"{ISSUER}/"}, {"aud": f"{ISSUER}/oauth2/introspect"},
        {"jti": None}, {"jti": ""}, {"jti": "x" * 501}, {"jti": 5},
        {"exp": None}, {"exp": now - 60}, {"exp": now + 3600}, {"exp": "soon"}, {"exp": True},
        {"nbf": now + 600}, {"iat": now + 600},
    ]  # fmt: skip
    for changes in wrong:
        error, words = refusal_of(hand_in(program, account.assertion(**changes)))
        assert error == "invalid_grant", changes
        assert ("assertion" in words) is (changes != {"iss": "nobody"})
        assert "client_assertion" not in words
    assert len(audit_of(portal, "client.refused")) >= 10
    assert hand_in(program, account.assertion()).status_code == 200


@ON_ONE_DATABASE
def test_how_it_must_be_signed(program: FlaskClient, account: SigningApp) -> None:
    assert account.key is not None
    claims = assertion_claims(account.client_id)
    wrong = [
        OwnKey().sign(claims),
        account.key.sign(claims, typ="client-authentication+jwt"),
        account.key.sign(claims, typ="at+jwt"),
        account.key.sign(claims, jku="https://evil.example/jwks"),
        account.assertion()[:-6] + "AAAAAA",
        "x",
        "x" * 20_000,
    ]
    for text in wrong:
        assert refusal_of(hand_in(program, text))[0] == "invalid_grant"
    no_assertion = hand_in(program, None)
    assert no_assertion.status_code == 401
    fapi = SigningApp(**{**vars(account), "key": OwnKey("RS256")})
    assert refusal_of(hand_in(program, fapi.assertion()))[0] == "invalid_grant"


def test_it_counts_once_and_never_as_the_other_kind(
    program: FlaskClient, account: SigningApp, register_app: RegisterApp
) -> None:
    used = account.assertion()
    assert hand_in(program, used).status_code == 200
    error, words = refusal_of(hand_in(program, used))
    assert (error, "used before" in words) == ("invalid_grant", True)
    key = OwnKey()
    both = register_app(
        "service",
        grant_types=[GRANT_TYPE, "client_credentials"],
        token_endpoint_auth_method="private_key_jwt",
        jwks=key_set(key),
    )
    app = SigningApp(**{**vars(both), "key": key})
    as_client, as_grant = app.assertion(), app.assertion()
    assert ask_by(program, as_client).status_code == 200
    assert refusal_of(hand_in(program, as_client))[0] == "invalid_grant"
    assert hand_in(program, as_grant).status_code == 200
    assert is_refused(ask_by(program, as_grant))


@ON_ONE_DATABASE
def test_it_proves_nothing_at_other_endpoints(program: FlaskClient, account: SigningApp) -> None:
    for path in ("/oauth2/introspect", "/oauth2/revoke", "/oauth2/par"):
        data = {"grant_type": GRANT_TYPE, "assertion": account.assertion(), "token": "x"}
        assert program.post(path, data=data).status_code == 401, path


def test_it_is_off_until_an_app_is_given_it(
    portal: Portal, program: FlaskClient, register_app: RegisterApp, account: SigningApp
) -> None:
    key = OwnKey()
    plain = register_app("service", jwks=key_set(key))
    assert client_row(portal, plain).grant_types == ["client_credentials"]
    assert (
        refusal_of(hand_in(program, key.sign(assertion_claims(plain.client_id))))[0] == "unauthorized_client"
    )
    assert hand_in(program, account.assertion()).status_code == 200
    with portal.unit_of_work(SYSTEM) as uow:
        client = uow.session.merge(client_row(portal, account))
        client.grant_types, client.updated_at = ["client_credentials"], uow.now
    assert refusal_of(hand_in(program, account.assertion()))[0] == "unauthorized_client", (
        "at the next request"
    )
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, client_row(portal, account).id)
    assert refusal_of(hand_in(program, account.assertion()))[0] == "invalid_grant"


@ON_ONE_DATABASE
def test_a_public_client_is_no_service_account(program: FlaskClient, register_app: RegisterApp) -> None:
    key = OwnKey()
    spa = register_app("spa", grant_types=[GRANT_TYPE], jwks=key_set(key))
    assert is_refused(hand_in(program, key.sign(assertion_claims(spa.client_id))))


@ON_ONE_DATABASE
def test_scope_targets_and_keys_are_as_with_client_credentials(
    program: FlaskClient, account: SigningApp
) -> None:
    for_stock = hand_in(program, account.assertion(), resource=STOCK).get_json()["access_token"]
    assert payload_of(for_stock)["aud"] == STOCK
    assert (
        refusal_of(hand_in(program, account.assertion(), resource="https://x.example/"))[0]
        == "invalid_target"
    )
    assert refusal_of(hand_in(program, account.assertion(), scope="openid"))[0] == "invalid_scope"
    dpop = OwnKey()
    data = {"grant_type": GRANT_TYPE, "assertion": account.assertion()}
    bound = program.post(TOKEN, data=data, headers={"DPoP": proof(dpop, TOKEN)}).get_json()
    assert bound["token_type"] == "DPoP"
    assert payload_of(bound["access_token"])["cnf"] == {"jkt": dpop.thumbprint}


@ON_ONE_DATABASE
def test_two_proofs_at_once_are_one_too_many_only_where_both_are_of_the_client(
    program: FlaskClient, account: SigningApp
) -> None:
    data = {
        "grant_type": GRANT_TYPE,
        "assertion": account.assertion(),
        "client_assertion": account.assertion(),
        "client_assertion_type": ASSERTION,
        "client_secret": account.secret,
    }
    answer = program.post(TOKEN, data=data)
    assert refusal_of(answer)[0] == "invalid_request"


@pytest.mark.settings(threads=50)
def test_one_assertion_of_fifty_at_once_counts(app: Flask, account: SigningApp) -> None:
    assertion = account.assertion()

    def once(_: int) -> int:
        answer = hand_in(app.test_client(use_cookies=False), assertion)
        while answer.status_code == 503:
            answer = hand_in(app.test_client(use_cookies=False), assertion)
        return answer.status_code

    # too many refusals from one address have to wait, as with any failed authentication
    answers = sorted(at_once(50, once))
    assert answers[0] == 200
    assert set(answers[1:]) <= {400, 429}
    assert 400 in answers


def test_an_assertion_costs_four(portal: Portal, program: FlaskClient, account: SigningApp) -> None:
    assert hand_in(program, account.assertion()).status_code == 200
    with statements(portal.engine) as asked:
        assert hand_in(program, account.assertion()).status_code == 200
    assert len(asked) <= 4, asked
