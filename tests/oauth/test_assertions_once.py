"""An assertion counts once, wherever and whenever it comes again; and it must be by a key that the client has now."""

from __future__ import annotations

import json
import socket

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.settings import Settings
from tests.infra.listeners import Listen, listen, says
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.proving import SigningApp, ask_by, assertion_claims, is_refused, signing_app
from tests.oauth.steps import tokens_for
from tests.support.crowds import at_once
from tests.support.portals import MovableClock, open_portal
from tests.support.signing import OwnKey, key_set

__all__ = ["listen"]


@pytest.fixture
def service(register_app: RegisterApp) -> SigningApp:
    return signing_app(register_app, "service", grant_types=["client_credentials"])


def test_an_assertion_comes_once_everywhere(
    settings: Settings, portal: Portal, clock: MovableClock, program: FlaskClient, service: SigningApp
) -> None:
    """CVE-2020-5300, CVE-2020-15222: at another endpoint, in another process, after a restart."""
    assertion = service.assertion()
    assert ask_by(program, assertion).status_code == 200
    assert is_refused(ask_by(program, assertion))
    assert is_refused(ask_by(program, assertion, path="/oauth2/introspect"))
    with open_portal(settings, clock) as elsewhere:
        other = create_app(settings, portal=elsewhere).test_client(use_cookies=False)
        assert is_refused(ask_by(other, assertion))
        again = service.assertion()
        assert ask_by(other, again, path="/oauth2/introspect").status_code == 200
        assert is_refused(ask_by(program, again))
    assert "used before" in (audit_of(portal, "client.refused")[0].reason or "")


def test_the_same_jti_of_two_clients_is_two(program: FlaskClient, register_app: RegisterApp) -> None:
    one, two = (signing_app(register_app, "service") for _ in range(2))
    assert ask_by(program, one.assertion(jti="1")).status_code == 200
    assert ask_by(program, two.assertion(jti="1")).status_code == 200
    assert is_refused(ask_by(program, one.assertion(jti="1")))


def test_a_refused_assertion_is_not_used_up(program: FlaskClient, service: SigningApp) -> None:
    assert is_refused(ask_by(program, service.assertion(jti="1", aud="https://other.example")))
    assert ask_by(program, service.assertion(jti="1")).status_code == 200


@pytest.mark.settings(threads=50)
def test_one_assertion_of_fifty_at_once_counts(app: Flask, service: SigningApp) -> None:
    assertion = service.assertion()

    def once(_: int) -> int:
        answer = ask_by(app.test_client(use_cookies=False), assertion)
        while answer.status_code == 503:
            answer = ask_by(app.test_client(use_cookies=False), assertion)
        return answer.status_code

    answers = at_once(50, once)
    assert sorted(answers) == [200] + [401] * 49


# ---------------------------------------------------------------------------------------------------------- its keys


@pytest.mark.settings(fetch_loopback=True)
def test_a_client_changes_the_key_at_its_address(
    listen: Listen, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation."""
    old, new = OwnKey(kid="old"), OwnKey(kid="new")
    published = [old]

    def answer(connection: socket.socket) -> None:
        says(json.dumps(key_set(*published)).encode())(connection)

    server = listen(answer)
    uri = f"http://localhost:{server.port}/jwks"
    app = signing_app(register_app, "web", old, jwks=None, jwks_uri=uri)
    tokens = tokens_for(visitor, app)
    published[:] = [new]
    renewed = SigningApp(**{**vars(app), "key": new})
    assert renewed.refresh(program, tokens["refresh_token"]).status_code == 200
    assert is_refused(app.refresh(program, "x"))
    assert server.connections == 2


def test_keys_changed_here_count_at_the_next_request(
    portal: Portal, program: FlaskClient, service: SigningApp
) -> None:
    fresh = OwnKey()
    with portal.unit_of_work(SYSTEM) as uow:
        client = uow.session.merge(client_row(portal, service))
        client.jwks, client.updated_at = key_set(fresh), uow.now
    assert ask_by(program, fresh.sign(assertion_claims(service.client_id))).status_code == 200
    assert is_refused(ask_by(program, service.assertion()))
