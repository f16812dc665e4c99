"""A proof counts once, everywhere; and where the portal asks for nonces, it can't have been made in advance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.bootstrap import Portal
from portal.grants.repository.used_ids import Once, UsedIds
from portal.infra.actor import SYSTEM
from portal.infra.crypto.nonces import WINDOW_SECONDS, Nonces
from portal.infra.settings import Settings
from tests.oauth.conftest import RegisterApp
from tests.oauth.proving import TOKEN, USERINFO, proof, proving_app, signing_app
from tests.oauth.steps import VERIFIER, App, sign_in_to, tokens_for
from tests.support.crowds import at_once
from tests.support.portals import MovableClock, open_portal
from tests.support.signing import OwnKey
from tests.support.statements import statements

KEY = OwnKey()


def _ask(program: FlaskClient, app: App, text: str) -> tuple[int, str]:
    headers, fields = app.credentials()
    form = {"grant_type": "client_credentials", **fields}
    answer = program.post(TOKEN, data=form, headers={**headers, "DPoP": text})
    return answer.status_code, answer.get_json().get("error", "")


def _use(program: FlaskClient, token: str, text: str) -> int:
    headers = {"Authorization": f"DPoP {token}", "DPoP": text}
    return program.get(USERINFO, headers=headers).status_code


def test_a_proof_comes_once_everywhere(
    settings: Settings, clock: MovableClock, program: FlaskClient, register_app: RegisterApp
) -> None:
    """SECURITY D2.6: also in another process, and after a restart."""
    service = register_app("service")
    text = proof(KEY, TOKEN)
    assert _ask(program, service, text) == (200, "")
    assert _ask(program, service, text) == (400, "invalid_dpop_proof")
    with open_portal(settings, clock) as elsewhere:
        other = create_app(settings, portal=elsewhere).test_client(use_cookies=False)
        assert _ask(other, service, text) == (400, "invalid_dpop_proof")
        assert _ask(other, service, proof(KEY, TOKEN)) == (200, "")


def test_a_jti_belongs_to_its_key(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service")
    assert _ask(program, service, proof(KEY, TOKEN, jti="1")) == (200, "")
    assert _ask(program, service, proof(OwnKey(), TOKEN, jti="1")) == (200, "")
    assert _ask(program, service, proof(KEY, TOKEN, jti="1"))[0] == 400


def test_a_proof_is_used_once_at_a_resource(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    token = tokens_for(visitor, proving_app(web_app, KEY))["access_token"]
    text = proof(KEY, USERINFO, htm="GET", access_token=token)
    assert [_use(program, token, text) for _ in range(3)] == [200, 401, 401]


@pytest.mark.settings(threads=50)
def test_one_proof_of_fifty_at_once_counts(
    app: Flask, visitor: FlaskClient, web_app: App, register_app: RegisterApp
) -> None:
    service, text = register_app("service"), proof(KEY, TOKEN)
    token = tokens_for(visitor, proving_app(web_app, KEY))["access_token"]
    at_resource = proof(KEY, USERINFO, htm="GET", access_token=token)

    def patiently(number: int) -> int:
        status = 503
        while status == 503:
            program = app.test_client(use_cookies=False)
            status = _ask(program, service, text)[0] if number % 2 else _use(program, token, at_resource)
        return status

    answers = at_once(100, patiently)
    assert sorted(answers[1::2]) == [200] + [400] * 49
    assert sorted(answers[0::2]) == [200] + [401] * 49


def test_an_assertion_and_a_proof_are_used_up_by_one_statement(
    portal: Portal, program: FlaskClient, register_app: RegisterApp
) -> None:
    """One more than a secret costs, and one transaction."""
    app = proving_app(signing_app(register_app, "service"), KEY)
    assert app.post(program, TOKEN, grant_type="client_credentials").status_code == 200
    with statements(portal.engine) as asked:
        assert app.post(program, TOKEN, grant_type="client_credentials").status_code == 200
    assert len(asked) <= 4, asked
    assert len([line for line in asked if "used_ids" in line]) == 1


def test_what_could_not_come_again_is_forgotten_in_batches(portal: Portal, clock: MovableClock) -> None:
    now = clock.now()
    with portal.unit_of_work(SYSTEM) as uow:
        used = UsedIds(uow.session)
        for number in range(7):
            assert used.once("test", "client", str(number), now)
        assert used.once("test", "client", "later", now + timedelta(hours=2))
        assert not used.once("test", "client", "3", now)
        assert used.once("test", "client3", "", now)
        assert used.once("test", "client", "3x", now)
        assert used.seen_before([Once("a", "b", "c", now), Once("test", "client", "1", now)])
    with portal.unit_of_work(SYSTEM) as uow:
        used = UsedIds(uow.session)
        later = clock.advance(hours=1)
        assert [used.forget_before(later, most=6) for _ in range(3)] == [6, 4, 0]
        assert not used.once("test", "client", "later", now)


# ------------------------------------------------------------------------------------------------------------ nonces


@pytest.mark.settings(dpop_nonces=True)
def test_a_proof_needs_a_nonce_where_the_portal_asks_for_one(
    visitor: FlaskClient, program: FlaskClient, clock: MovableClock, register_app: RegisterApp
) -> None:
    """RFC 9449 sections 8 and 9; neither the assertion nor the code is used up by the first try."""
    app = signing_app(register_app, "web")
    first = proving_app(app, KEY).refresh(program, "x")
    assert (first.status_code, first.get_json()["error"]) == (400, "use_dpop_nonce")
    nonce = first.headers["DPoP-Nonce"]
    service = register_app("service")
    assert _ask(program, service, proof(KEY, TOKEN, nonce=nonce)) == (200, "")
    for wrong in ("", "x", nonce[:-1], nonce + "A", 7, "\u00fc"):
        assert _ask(program, service, proof(KEY, TOKEN, nonce=wrong)) == (400, "use_dpop_nonce"), wrong


@pytest.mark.settings(dpop_nonces=True)
def test_a_resource_asks_for_a_nonce_too(program: FlaskClient, visitor: FlaskClient, web_app: App) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    headers, _ = web_app.credentials()
    nonce = program.post(TOKEN, headers={**headers, "DPoP": proof(KEY, TOKEN)}).headers["DPoP-Nonce"]
    app = proving_app(web_app, KEY)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    answer = program.post(
        TOKEN,
        data={**form, "code_verifier": VERIFIER},
        headers={**headers, "DPoP": proof(KEY, TOKEN, nonce=nonce)},
    )
    token = answer.get_json()["access_token"]
    text = proof(KEY, USERINFO, htm="GET", access_token=token)
    refused = program.get(USERINFO, headers={"Authorization": f"DPoP {token}", "DPoP": text})
    assert (refused.status_code, refused.get_json()["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in refused.headers["WWW-Authenticate"]
    text = proof(KEY, USERINFO, htm="GET", access_token=token, nonce=refused.headers["DPoP-Nonce"])
    assert _use(program, token, text) == 200


def test_a_nonce_is_good_for_five_minutes_at_least_and_ten_at_most(clock: MovableClock) -> None:
    nonces, others = Nonces(b"k" * 32), Nonces(b"o" * 32)
    nonce, made_at = nonces.current(at=clock.now()), clock.now()
    assert nonces.is_good(nonce, at=clock.advance(seconds=WINDOW_SECONDS))
    assert nonces.current(at=clock.now()) != nonce
    assert not nonces.is_good(nonce, at=clock.advance(seconds=WINDOW_SECONDS))
    assert not others.is_good(nonce, at=made_at)


@pytest.mark.settings(dpop_nonces=True)
def test_the_next_nonce_comes_before_the_last_one_ends(
    portal: Portal, program: FlaskClient, clock: MovableClock, register_app: RegisterApp
) -> None:
    service = register_app("service")
    nonces = Nonces(portal.ports.sealer.derive("dpop nonces"))
    older = nonces.current(at=clock.advance(seconds=0))
    clock.advance(seconds=WINDOW_SECONDS)
    headers, fields = service.credentials()
    at = int(clock.now().timestamp())
    answer = program.post(
        TOKEN,
        data={"grant_type": "client_credentials", **fields},
        headers={**headers, "DPoP": proof(KEY, TOKEN, nonce=older, iat=at)},
    )
    assert answer.status_code == 200
    assert answer.headers["DPoP-Nonce"] == nonces.current(at=clock.now())
