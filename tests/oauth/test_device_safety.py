"""Devices without a keyboard: who may answer, what is guessed, and what ends in between."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.models import Client
from portal.grants.models import DeviceCode, Grant, TokenFamily
from portal.grants.rules.user_codes import new_user_code, shown, typed
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.devices import GRANT_TYPES, ask, decide, device_tokens, error_of, look_up, poll
from tests.oauth.steps import ISSUER, App, hidden_fields
from tests.support.crowds import at_once


@pytest.fixture
def tv(register_app: RegisterApp) -> App:
    """An app on televisions: a public client."""
    return register_app("native", name="Kestrel TV", grant_types=GRANT_TYPES)


def test_the_access_policy_of_the_app_counts(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """authentik CVE-2024-38371: the device flow skipped it."""
    closed = register_app("native", grant_types=GRANT_TYPES, everyone_may_use=False)
    told = ask(program, closed)
    page = look_up(visitor, told["user_code"])
    assert page.status_code == 403
    form = hidden_fields(page, "/device/review")
    forced = visitor.post("/device/review", data={**form, "decision": "allow"})
    assert forced.status_code == 403
    assert error_of(poll(program, closed, told["device_code"])) == "authorization_pending"
    assert len(audit_of(portal, "client.turned_away")) == 2, "once a minute, where throttles are on"


def test_an_answer_counts_only_from_who_was_asked(
    visitor: FlaskClient, program: FlaskClient, tv: App, add_person: Callable[..., User]
) -> None:
    """Dex CVE-2022-39222 in this grant: the page was shown to Maya, so nobody else's press counts."""
    other = add_person("devon@meridian.example")
    told = ask(program, tv)
    form = hidden_fields(look_up(visitor, told["user_code"]), "/device/review")
    answer = visitor.post("/device/review", data={**form, "decision": "allow", "account": str(other.id)})
    assert "user_code" in answer.headers["Location"], "the page again, in front of who is there"
    assert error_of(poll(program, tv, told["device_code"])) == "authorization_pending"


@pytest.mark.settings(throttles=True, workers=1)
def test_codes_are_guessed_a_few_times_only(visitor: FlaskClient, program: FlaskClient, tv: App) -> None:
    """RFC 8628 section 5.1; a right code does not count."""
    right = ask(program, tv)["user_code"]
    for _ in range(20):
        assert look_up(visitor, right).status_code == 200
    statuses = [look_up(visitor, shown(new_user_code())).status_code for _ in range(17)]
    assert statuses == [422] * 15 + [429] * 2
    assert look_up(visitor, right).status_code == 429


def test_a_dump_holds_no_code(portal: Portal, program: FlaskClient, tv: App) -> None:
    told = ask(program, tv)
    with portal.reading() as session:
        row = session.scalars(select(DeviceCode)).one()
    kept = b"|".join((row.digest, row.user_code_digest))
    plain = typed(told["user_code"])
    assert plain is not None
    assert plain.encode() not in kept
    assert told["device_code"][-43:].encode() not in kept


@pytest.mark.parametrize("what", ["person", "client", "consent", "grant type"])
def test_what_ended_between_the_yes_and_the_poll_gives_nothing(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, tv: App, maya: User, what: str
) -> None:
    told = ask(program, tv)
    decide(visitor, told["user_code"])
    with portal.unit_of_work(SYSTEM) as uow:
        if what == "person":
            uow.session.execute(update(User).where(User.id == maya.id).values(is_active=False))
        elif what == "client":
            uow.session.execute(update(Client).values(is_active=False, updated_at=uow.now))
        elif what == "grant type":
            uow.session.execute(update(Client).values(grant_types=["authorization_code"], updated_at=uow.now))
    if what == "consent":
        with portal.unit_of_work(SYSTEM) as uow:
            uow.session.execute(update(Grant).values(revoked_at=uow.now))
    answer = poll(program, tv, told["device_code"])
    assert answer.status_code in {400, 401}, answer.text
    with portal.reading() as session:
        assert session.scalar(select(func.count(TokenFamily.id))) == 0


@pytest.mark.settings(threads=50)
def test_of_fifty_polls_at_once_one_gets_tokens(
    app: Flask, portal: Portal, visitor: FlaskClient, program: FlaskClient, tv: App
) -> None:
    told = ask(program, tv)
    decide(visitor, told["user_code"])

    def once(_: int) -> int:
        status = 503
        for _ in range(20):
            status = poll(app.test_client(use_cookies=False), tv, told["device_code"]).status_code
            if status != 503:
                break
        return status

    assert Counter(at_once(50, once)) == {200: 1, 400: 49}
    with portal.reading() as session:
        assert session.scalar(select(func.count(TokenFamily.id))) == 1


def test_device_tokens_may_be_opaque_and_for_a_resource(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    api = "https://orders.example/"
    switches = {"access_token_format": "opaque", "resources": [api]}
    app = register_app("web", grant_types=GRANT_TYPES, switches=switches)
    tokens = device_tokens(visitor, app, resource=api)
    facts = app.post(program, "/oauth2/introspect", token=tokens["access_token"]).get_json()
    assert facts["aud"] == [api, ISSUER]
    refused = app.post(program, "/oauth2/device_authorization", scope="openid", resource="https://x.example/")
    assert error_of(refused) == "invalid_target"
