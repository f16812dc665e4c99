"""Devices without a keyboard (RFC 8628): they wait, somebody answers elsewhere, and they get their tokens once."""

import re
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
from portal.grants.rules.user_codes import ALPHABET, new_user_code, shown, typed
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.devices import GRANT_TYPES, ask, decide, device_tokens, error_of, look_up, poll
from tests.oauth.steps import ISSUER, App, hidden_fields, payload_of, userinfo
from tests.support.crowds import at_once
from tests.support.portals import MovableClock


@pytest.fixture
def tv(register_app: RegisterApp) -> App:
    """An app on televisions: a public client."""
    return register_app("native", name="Kestrel TV", grant_types=GRANT_TYPES)


def test_a_device_is_told_where_to_send_its_person(program: FlaskClient, tv: App) -> None:
    """RFC 8628 section 3.2."""
    told = ask(program, tv)
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", told["user_code"])
    assert told["verification_uri"] == f"{ISSUER}/device"
    assert told["verification_uri_complete"] == f"{ISSUER}/device?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert len(told["device_code"]) > 60
    picture = program.get(f"/device/qr.svg?user_code={told['user_code']}")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert "<script" not in picture.text
    assert program.get("/device/qr.svg?user_code=%3Csvg%3E").status_code == 404


def test_the_metadata_names_the_endpoint_and_the_grant(program: FlaskClient) -> None:
    metadata = program.get("/.well-known/openid-configuration").get_json()
    assert metadata["device_authorization_endpoint"] == f"{ISSUER}/oauth2/device_authorization"
    assert GRANT_TYPES[-1] in metadata["grant_types_supported"]


def test_it_waits_and_then_gets_its_tokens_once(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, tv: App, clock: MovableClock
) -> None:
    told = ask(program, tv)
    assert error_of(poll(program, tv, told["device_code"])) == "authorization_pending"
    page = look_up(visitor, told["user_code"])
    assert "Kestrel TV" in page.text
    assert told["user_code"] in page.text
    assert "127.0.0.1" in page.text, "where the device asked from"
    assert "device-allowed" in decide(visitor, told["user_code"]).text
    clock.advance(seconds=5)
    answer = poll(program, tv, told["device_code"])
    tokens = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert tokens["scope"] == "openid profile email offline_access"
    assert payload_of(tokens["id_token"])["amr"] == ["pwd"]
    assert userinfo(program, tokens["access_token"]).get_json()["email"] == "maya@meridian.example"
    assert tv.refresh(program, tokens["refresh_token"]).status_code == 200
    assert {entry.action for entry in audit_of(portal, "client.signed_in", "tokens.issued")} == {
        "client.signed_in",
        "tokens.issued",
    }


def test_a_second_redemption_ends_what_the_first_began(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, tv: App
) -> None:
    told = ask(program, tv)
    decide(visitor, told["user_code"])
    tokens = poll(program, tv, told["device_code"]).get_json()
    assert error_of(poll(program, tv, told["device_code"])) == "invalid_grant"
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert len(audit_of(portal, "code.replayed")) == 1


def test_who_asks_too_often_has_to_ask_less_often(
    program: FlaskClient, visitor: FlaskClient, tv: App, clock: MovableClock
) -> None:
    """RFC 8628 section 3.5: the interval grows by five seconds each time."""
    told = ask(program, tv)
    code = told["device_code"]
    assert error_of(poll(program, tv, code)) == "authorization_pending"
    assert error_of(poll(program, tv, code)) == "slow_down"
    clock.advance(seconds=6)
    assert error_of(poll(program, tv, code)) == "slow_down"
    clock.advance(seconds=15)
    assert error_of(poll(program, tv, code)) == "authorization_pending"
    decide(visitor, told["user_code"])
    assert poll(program, tv, code).status_code == 200, "an answer that is there is not held back"


def test_a_no_is_told_and_remembered(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, tv: App
) -> None:
    told = ask(program, tv)
    assert "device-denied" in decide(visitor, told["user_code"], "deny").text
    assert error_of(poll(program, tv, told["device_code"])) == "access_denied"
    assert len(audit_of(portal, "consent.denied")) == 1
    assert look_up(visitor, told["user_code"]).status_code == 422, "one answer, and no second"


def test_both_codes_end_after_ten_minutes(
    visitor: FlaskClient, program: FlaskClient, tv: App, clock: MovableClock
) -> None:
    told, late = ask(program, tv), ask(program, tv)
    decide(visitor, late["user_code"])
    clock.advance(minutes=10, seconds=1)
    assert look_up(visitor, told["user_code"]).status_code == 422
    for code in (told["device_code"], late["device_code"]):
        assert error_of(poll(program, tv, code)) == "expired_token"


def test_the_code_is_typed_as_people_type(visitor: FlaskClient, program: FlaskClient, tv: App) -> None:
    code = ask(program, tv)["user_code"]
    for text in (
        code.lower(),
        code.replace("-", ""),
        f" {code.replace('-', ' ')} ",
        code.replace("-", "\u2013"),
    ):
        assert look_up(visitor, text).status_code == 200, text
    for text in ("", "BCDF-GHJK", "AEIO-UAEI", "x" * 5000, "<b>"):
        answer = look_up(visitor, text)
        assert answer.status_code == 422, text
        assert "user_code-error" in answer.text


def test_a_link_brings_the_code_along_and_a_stranger_signs_in_first(
    app: Flask, visitor: FlaskClient, program: FlaskClient, tv: App
) -> None:
    code = ask(program, tv)["user_code"]
    page = visitor.get(f"/device?user_code={code}")
    assert f'value="{code}"' in page.text
    stranger = app.test_client().get(f"/device?user_code={code}")
    assert stranger.status_code == 303
    assert stranger.headers["Location"].startswith("/login?next=%2Fdevice%3Fuser_code%3D")


def test_device_and_code_belong_to_the_client_that_asked(
    visitor: FlaskClient, program: FlaskClient, tv: App, register_app: RegisterApp
) -> None:
    """ZITADEL CVE-2026-55672 in this grant: another client's device code is nothing."""
    other = register_app("native", name="Heron TV", grant_types=GRANT_TYPES)
    told = ask(program, tv)
    decide(visitor, told["user_code"])
    assert error_of(poll(program, other, told["device_code"])) == "invalid_grant"
    assert poll(program, tv, told["device_code"]).status_code == 200


def test_a_client_that_is_not_registered_for_it_gets_nothing(program: FlaskClient, web_app: App) -> None:
    answer = web_app.post(program, "/oauth2/device_authorization", scope="openid")
    assert error_of(answer) == "unauthorized_client"
    assert error_of(poll(program, web_app, "dvc_x")) == "unauthorized_client"


def test_nothing_else_is_a_device_code(visitor: FlaskClient, program: FlaskClient, tv: App) -> None:
    told = ask(program, tv)
    code = told["device_code"]
    for text in (code[:-1], code.swapcase(), told["user_code"], "x" * 5000):
        assert error_of(poll(program, tv, text)) == "invalid_grant"
    assert error_of(tv.post(program, "/oauth2/token", grant_type=GRANT_TYPES[-1])) == "invalid_request"


def test_a_confidential_client_proves_itself_at_both_endpoints(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """ASVS 10.4.10."""
    app = register_app("web", grant_types=GRANT_TYPES)
    fields = {"client_id": app.client_id, "scope": "openid"}
    assert program.post("/oauth2/device_authorization", data=fields).status_code == 401
    told = ask(program, app)
    form = {"client_id": app.client_id, "grant_type": GRANT_TYPES[-1], "device_code": told["device_code"]}
    assert program.post("/oauth2/token", data=form).status_code == 401


def test_the_scope_stays_within_the_registration_and_optional_ones_are_the_persons_choice(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """authentik CVE-2024-52287."""
    app = register_app("native", grant_types=GRANT_TYPES, scope="openid roles")
    told = ask(program, app, scope="openid email roles offline_access")
    decide(visitor, told["user_code"])
    assert poll(program, app, told["device_code"]).get_json()["scope"] == "openid"
    answer = app.post(program, "/oauth2/device_authorization", scope="email")
    assert error_of(answer) == "invalid_scope"


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
