"""Requests that the app hands in before it sends the browser (RFC 9126); CONFORMANCE 7.4, SECURITY C-1 and C-2."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.rules import Switches
from portal.grants.models import AuthorizationCode, PushedRequest
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.handing_in import PREFIX, push, pushed
from tests.oauth.steps import (
    CALLBACK,
    App,
    answer_consent,
    authorize,
    hidden_fields,
    payload_of,
    returned,
    sign_in_to,
)
from tests.oauth.vectors import REDIRECTS
from tests.support.portals import MovableClock

JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def _page(visitor: FlaskClient, parameters: dict[str, str]) -> str:
    """The code of the page that the browser is stopped at."""
    answer = visitor.get("/oauth2/authorize", query_string=parameters)
    assert answer.status_code == 400, answer.headers.get("Location")
    assert "Location" not in answer.headers
    assert "invalid_request_uri" in answer.text
    return answer.text


def test_happy_flow(program: FlaskClient, visitor: FlaskClient, web_app: App) -> None:
    answer = push(program, web_app, state="s" * 128, nonce="n" * 43)
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    assert set(body) == {"request_uri", "expires_in"}
    assert body["expires_in"] == 90
    assert body["request_uri"].startswith(PREFIX)
    copies = web_app.request(scope="openid", state="outer", nonce="outer", request_uri=body["request_uri"])
    back = returned(answer_consent(visitor, authorize(visitor, copies)))
    assert back["state"] == "s" * 128, "copies in the address count for nothing"
    tokens = web_app.redeem(program, back["code"]).get_json()
    assert payload_of(tokens["id_token"])["nonce"] == "n" * 43
    assert "email" in tokens["scope"]


def test_par_without_duplicate_parameters(program: FlaskClient, visitor: FlaskClient, web_app: App) -> None:
    assert authorize(visitor, pushed(program, web_app)).status_code == 200


def test_public_clients_push_too(
    program: FlaskClient, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("spa")
    assert authorize(visitor, pushed(program, app)).status_code == 200


REFUSED: list[tuple[dict[str, str | None], str]] = [
    ({"request_uri": f"{PREFIX}x"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_request"),
    ({"redirect_uri": None, "scope": "profile"}, "invalid_request"),
    ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"scope": "telepathy"}, "invalid_scope"),
    ({"state": "s" * 2001}, "invalid_request"),
    ({"nonce": "n" * 501}, "invalid_request"),
    ({"prompt": "dance"}, "invalid_request"),
    ({"claims": "["}, "invalid_request"),
    ({"dpop_jkt": "short"}, "invalid_request"),
    ({"client_secret": "wrong"}, "invalid_request"),
]


def test_a_request_is_judged_at_once(program: FlaskClient, web_app: App) -> None:
    for changes, error in REFUSED:
        answer = push(program, web_app, **changes)
        assert (answer.status_code, answer.get_json()["error"]) == (400, error), changes


def test_only_the_client_itself_may_push(program: FlaskClient, web_app: App) -> None:
    anonymous = program.post("/oauth2/par", data=web_app.request())
    assert (anonymous.status_code, anonymous.get_json()["error"]) == (401, "invalid_client")
    assert program.put("/oauth2/par", data=web_app.request()).status_code == 405


def test_no_unregistered_address_passes(program: FlaskClient, web_app: App) -> None:
    """C-1 through PAR."""
    for uri in REDIRECTS:
        answer = push(program, web_app, redirect_uri=uri)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request"), uri


def test_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
    program: FlaskClient, visitor: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    link = pushed(program, web_app)
    assert authorize(visitor, link).status_code == 200
    page = authorize(visitor, link)
    clock.advance(minutes=10)
    assert "code" in returned(answer_consent(visitor, page)), "who came in time may take their time"
    assert "answered" in _page(visitor, link)


def test_a_request_is_used_up_by_each_kind_of_answer(
    program: FlaskClient, visitor: FlaskClient, app: Flask, web_app: App
) -> None:
    """CVE-2026-96446: reuse after consent, after a refusal, and after prompt=none with and without success."""
    links = [pushed(program, web_app) for _ in range(2)]
    for link, decision in zip(links, ("deny", "allow"), strict=True):
        returned(answer_consent(visitor, authorize(visitor, link), decision))
    for browser, outcome in ((visitor, "code"), (app.test_client(), "error")):
        link = pushed(program, web_app, prompt="none")
        assert outcome in returned(authorize(browser, link))
        links.append(link)
    for link in links:
        assert "answered" in _page(visitor, link)


def test_a_request_that_went_wrong_meanwhile_has_had_its_answer(
    portal: Portal, program: FlaskClient, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web")
    link = pushed(program, app, scope="profile")
    with portal.unit_of_work(SYSTEM) as uow:
        row = Clients(uow.session).by_client_id(app.client_id)
        assert row is not None
        row.scope, row.updated_at = "openid", uow.now
    assert returned(authorize(visitor, link))["error"] == "invalid_scope"
    assert "answered" in _page(visitor, link)


def test_an_expired_request_is_a_page(
    program: FlaskClient, visitor: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    link = pushed(program, web_app)
    clock.advance(seconds=91)
    assert "too long" in _page(visitor, link)


def test_another_clients_request_is_a_page(
    program: FlaskClient, visitor: FlaskClient, web_app: App, register_app: RegisterApp
) -> None:
    other = register_app("web", name="Heron")
    link = pushed(program, web_app)
    _page(visitor, {**link, "client_id": other.client_id})
    assert authorize(visitor, link).status_code == 200, "and the attempt harms nobody"


def test_a_reference_is_taken_as_it_was_given_only(
    program: FlaskClient, visitor: FlaskClient, web_app: App
) -> None:
    link = pushed(program, web_app)
    reference = link["request_uri"]
    for wrong in (f"{reference}x", reference[:-1], PREFIX, f"{PREFIX}{web_app.client_id}", f"{reference} "):
        _page(visitor, {**link, "request_uri": wrong})


def test_of_two_browsers_one_has_the_answer(
    program: FlaskClient,
    visitor: FlaskClient,
    visitor_as: Callable[[User], FlaskClient],
    add_person: Callable[..., User],
    web_app: App,
) -> None:
    link = pushed(program, web_app)
    browsers = [visitor, visitor_as(add_person("noor@meridian.example"))]
    forms = [hidden_fields(authorize(one, link), "/oauth2/consent") for one in browsers]
    with ThreadPoolExecutor(2) as threads:
        answers = list(
            threads.map(
                lambda one, form: one.post("/oauth2/consent", data={**form, "decision": "allow"}),
                browsers,
                forms,
            )
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert "answered already" in late.text


def test_a_client_may_be_held_to_pushing(
    program: FlaskClient, visitor: FlaskClient, register_app: RegisterApp
) -> None:
    """ensure-unsigned-authorization-request-without-using-par-fails."""
    switches = Switches(require_pushed_authorization_requests=True)
    app = register_app("web", switches=switches.document())
    back = returned(authorize(visitor, app.request()))
    assert back["error"] == "invalid_request"
    assert authorize(visitor, app.request(redirect_uri="https://evil.example/")).status_code == 400
    assert authorize(visitor, pushed(program, app)).status_code == 200


def test_the_code_is_bound_to_the_key_that_was_named(
    portal: Portal, program: FlaskClient, visitor: FlaskClient, web_app: App
) -> None:
    """ensure-dpop-auth-code-binding: `dpop_jkt` without a proof at the endpoint."""
    sign_in_to(visitor, web_app)
    authorize(visitor, pushed(program, web_app, dpop_jkt=JKT))
    authorize(visitor, web_app.request(dpop_jkt=JKT))
    with portal.reading() as session:
        assert sorted(session.scalars(select(AuthorizationCode.dpop_jkt)), key=str) == [JKT, JKT, None]


def test_nothing_but_parameters_of_a_request_is_kept(
    portal: Portal, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", token_endpoint_auth_method="client_secret_post")
    answer = push(program, app, extra="foobar", redirect_uri=CALLBACK, client_secret=app.secret, state="")
    assert answer.status_code == 201
    with portal.reading() as session:
        row = session.scalars(select(PushedRequest)).one()
    assert "foobar" not in str(row.parameters)
    assert app.secret is not None
    assert app.secret not in str(row.parameters)
    assert answer.get_json()["request_uri"].removeprefix(PREFIX).encode() not in row.digest
    assert "state" not in row.parameters


def test_old_requests_are_forgotten(
    portal: Portal, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    pushed(program, web_app)
    for minutes, left in ((60, 1), (2, 0)):
        clock.advance(minutes=minutes)
        with portal.unit_of_work(SYSTEM) as uow:
            forget_expired(uow)
            assert uow.session.scalar(select(func.count()).select_from(PushedRequest)) == left


@pytest.mark.settings(request_uri_seconds=600)
def test_the_lifetime_is_a_setting(program: FlaskClient, web_app: App) -> None:
    assert push(program, web_app).get_json()["expires_in"] == 600
