"""Devices without a keyboard (RFC 8628): they wait, somebody answers elsewhere, and they get their tokens once."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.grants.rules.user_codes import ALPHABET
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.devices import GRANT_TYPES, ask, decide, error_of, look_up, poll
from tests.oauth.steps import ISSUER, App, payload_of, userinfo
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
