"""RP-initiated logout: who is signed out, who is asked, and where it leads."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.usecases import disable_client
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import (
    LEFT,
    App,
    authorize,
    follow,
    hidden_fields,
    returned,
    sign_in_to,
    tokens_for,
    userinfo,
)
from tests.oauth.vectors import REDIRECTS
from tests.support.portals import MovableClock


def _log_out(visitor: FlaskClient, **parameters: str | None) -> TestResponse:
    return visitor.get(
        "/oauth2/logout", query_string={name: value for name, value in parameters.items() if value}
    )


def _is_signed_in(visitor: FlaskClient, app: App) -> bool:
    back = returned(authorize(visitor, app.request(prompt="none", scope="openid")))
    return back.get("error") != "login_required"


def test_a_valid_hint_signs_out_and_leads_back(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    tokens = tokens_for(visitor, web_app, scope="openid")
    clock.advance(hours=3)
    answer = _log_out(
        visitor, id_token_hint=tokens["id_token"], post_logout_redirect_uri=LEFT, state="a b+c/é"
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{LEFT}?state=a%20b%2Bc%2F%C3%A9"
    assert not _is_signed_in(visitor, web_app)
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 400
    assert len(audit_of(portal, "client.signed_out")) == len(audit_of(portal, "session.ended")) == 1


def test_without_state_or_address_nothing_is_made_up(visitor: FlaskClient, web_app: App) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    assert _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri=LEFT).headers["Location"] == LEFT
    page = follow(visitor, _log_out(visitor, id_token_hint=hint))
    assert page.status_code == 200
    assert "You are signed out" in page.text


def test_offline_access_outlives_the_sign_out(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    tokens = tokens_for(visitor, web_app)
    _log_out(visitor, id_token_hint=tokens["id_token"], post_logout_redirect_uri=LEFT)
    assert userinfo(program, tokens["access_token"]).status_code == 200
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 200


def test_without_proof_the_person_is_asked_and_nobody_is_redirected(
    visitor: FlaskClient, web_app: App
) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + hint.split(".")[1] + "."
    asked: list[dict[str, str | None]] = [
        {},
        {"state": "x"},
        {"post_logout_redirect_uri": LEFT, "state": "x"},
        {"post_logout_redirect_uri": LEFT, "client_id": web_app.client_id},
        {"post_logout_redirect_uri": LEFT, "id_token_hint": unsigned},
        {"post_logout_redirect_uri": LEFT, "id_token_hint": hint[:-4] + "AAAA"},
        {"post_logout_redirect_uri": LEFT, "id_token_hint": hint, "client_id": "another"},
        {"post_logout_redirect_uri": f"{LEFT}?foo=bar", "id_token_hint": hint},
        {"post_logout_redirect_uri": "https://evil.example/", "id_token_hint": hint},
    ]
    for parameters in asked:
        answer = _log_out(visitor, **parameters)
        assert answer.status_code == 200, parameters
        assert "Location" not in answer.headers
        assert "Sign out of Portal?" in answer.text
    assert _is_signed_in(visitor, web_app)


def test_no_address_but_a_registered_one_is_ever_led_to(visitor: FlaskClient, web_app: App) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    for uri in REDIRECTS:
        answer = _log_out(
            visitor, id_token_hint=hint, post_logout_redirect_uri=uri.replace("callback", "left")
        )
        if uri.replace("callback", "left") != LEFT:
            assert "Location" not in answer.headers, uri


def test_the_persons_own_yes_signs_out(visitor: FlaskClient, web_app: App) -> None:
    page = _log_out(visitor, post_logout_redirect_uri=LEFT, state="x")
    form = hidden_fields(page, "/oauth2/logout/confirm")
    assert visitor.post("/oauth2/logout/confirm", data={**form, "csrf_token": "x"}).status_code == 400
    assert _is_signed_in(visitor, web_app)
    done = visitor.post("/oauth2/logout/confirm", data=form)
    assert done.headers["Location"] == "/oauth2/signed-out"
    assert not _is_signed_in(visitor, web_app)


def test_a_hint_about_somebody_else_asks_first_and_then_leads_back(
    visitor: FlaskClient,
    visitor_as: Callable[[User], FlaskClient],
    add_person: Callable[..., User],
    web_app: App,
) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    other = visitor_as(add_person("noor@meridian.example", name="Noor"))
    page = _log_out(other, id_token_hint=hint, post_logout_redirect_uri=LEFT, state="x")
    assert "Noor" in page.text
    assert "form-action 'self' https://kestrel.example" in page.headers["Content-Security-Policy"]
    done = other.post("/oauth2/logout/confirm", data=hidden_fields(page, "/oauth2/logout/confirm"))
    assert done.headers["Location"] == f"{LEFT}?state=x"


def test_an_app_can_not_lead_back_to_another_apps_address(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    mine = register_app("web")
    register_app("web", name="Heron", post_logout_redirect_uris=["https://heron.example/left"])
    hint = tokens_for(visitor, mine)["id_token"]
    answer = _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri="https://heron.example/left")
    assert "Location" not in answer.headers


def test_a_posted_request_is_sent_on_as_a_get(visitor: FlaskClient, web_app: App) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    form = {"id_token_hint": hint, "post_logout_redirect_uri": LEFT, "state": "x"}
    posted = visitor.post("/oauth2/logout", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert posted.status_code == 303
    assert visitor.get(posted.headers["Location"]).headers["Location"] == f"{LEFT}?state=x"


def test_whoever_is_not_signed_in_is_led_back_at_once(app: Flask, visitor: FlaskClient, web_app: App) -> None:
    stranger = app.test_client()
    hint = tokens_for(visitor, web_app)["id_token"]
    assert _log_out(stranger, id_token_hint=hint, post_logout_redirect_uri=LEFT).headers["Location"] == LEFT
    assert _log_out(stranger).headers["Location"] == "/oauth2/signed-out"
    assert "code" in sign_in_to(visitor, web_app, prompt="none"), "that was another browser"


def test_no_browser_is_sent_to_an_app_that_is_switched_off(
    portal: Portal, visitor: FlaskClient, web_app: App
) -> None:
    """Its address was good once; whoever has it by now may be why it was switched off."""
    hint = tokens_for(visitor, web_app)["id_token"]
    row = client_row(portal, web_app)
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, row.id)
    portal.clients.forget(row.id)
    page = _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri=LEFT)
    assert page.status_code == 200
    form = hidden_fields(page, "/oauth2/logout/confirm")
    assert (
        visitor.post("/oauth2/logout/confirm", data=form).headers["Location"].startswith("/oauth2/signed-out")
    )
