"""Refresh tokens: a chain of single uses that ends with any doubt (RFC 9700 section 4.14)."""

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.steps import App, payload_of, tokens_for, userinfo
from tests.support.portals import MovableClock


def test_every_use_brings_the_next_one_and_a_fresh_id_token(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    first = tokens_for(visitor, web_app)
    clock.advance(minutes=5)
    answer = web_app.refresh(program, first["refresh_token"])
    assert answer.headers["Cache-Control"] == "no-store"
    second = answer.get_json()
    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    before, after = payload_of(first["id_token"]), payload_of(second["id_token"])
    for claim in ("iss", "sub", "aud", "auth_time", "acr", "sid"):
        assert after[claim] == before[claim], claim
    assert after["iat"] > before["iat"]
    assert "nonce" not in after
    assert userinfo(program, second["access_token"]).status_code == 200


def test_a_second_use_ends_the_whole_chain(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    first = tokens_for(visitor, web_app)
    second = web_app.refresh(program, first["refresh_token"]).get_json()
    reused = web_app.refresh(program, first["refresh_token"])
    assert (reused.status_code, reused.get_json()["error"]) == (400, "invalid_grant")
    assert web_app.refresh(program, second["refresh_token"]).status_code == 400
    assert userinfo(program, second["access_token"]).status_code == 401
    assert len(audit_of(portal, "refresh.reused")) == 1


def test_a_stranger_with_a_used_token_ends_nothing(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    owner, other = register_app("web"), register_app("web", name="Heron")
    first = tokens_for(visitor, owner)
    second = owner.refresh(program, first["refresh_token"]).get_json()
    for token in (first["refresh_token"], second["refresh_token"]):
        answer = other.refresh(program, token)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")
    assert owner.refresh(program, second["refresh_token"]).status_code == 200


def test_a_scope_may_be_narrowed_for_once_and_never_widened(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    first = tokens_for(visitor, web_app, scope="openid email offline_access")
    wider = web_app.refresh(program, first["refresh_token"], scope="openid profile")
    assert (wider.status_code, wider.get_json()["error"]) == (400, "invalid_scope")
    narrow = web_app.refresh(program, first["refresh_token"], scope="openid").get_json()
    assert narrow["scope"] == "openid"
    assert "email" not in userinfo(program, narrow["access_token"]).get_json()
    whole = web_app.refresh(program, narrow["refresh_token"]).get_json()
    assert whole["scope"] == "openid email offline_access"


def test_a_wrong_scope_uses_nothing_up(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    token = tokens_for(visitor, web_app)["refresh_token"]
    assert web_app.refresh(program, token, scope='"').status_code == 400
    assert web_app.refresh(program, token).status_code == 200


def test_a_chain_ends_after_a_week_without_use(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, web_app)["refresh_token"]
    clock.advance(days=7, seconds=1)
    assert web_app.refresh(program, token).status_code == 400


def test_a_chain_ends_after_a_month_however_much_it_is_used(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, web_app)["refresh_token"]
    for _ in range(4):
        clock.advance(days=6)
        token = web_app.refresh(program, token).get_json()["refresh_token"]
    clock.advance(days=5, hours=23)
    token = web_app.refresh(program, token).get_json()["refresh_token"]
    clock.advance(hours=2)
    assert web_app.refresh(program, token).status_code == 400


@pytest.mark.settings(access_token_seconds=300)
def test_an_access_token_ends_by_itself(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, web_app)
    assert tokens["expires_in"] == 300
    clock.advance(seconds=299)
    assert userinfo(program, tokens["access_token"]).status_code == 200
    clock.advance(seconds=60)
    assert userinfo(program, tokens["access_token"]).status_code == 401


def test_nothing_else_is_a_refresh_token(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    tokens = tokens_for(visitor, web_app)
    token = tokens["refresh_token"]
    wrong = [
        token[:-1],
        token + "A",
        token.swapcase(),
        tokens["access_token"],
        tokens["id_token"],
        "",
        "x" * 5000,
    ]
    assert [text for text in wrong if web_app.refresh(program, text).status_code != 400] == []
    assert web_app.refresh(program, token).status_code == 200
