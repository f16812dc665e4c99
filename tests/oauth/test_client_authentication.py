"""A client proves itself by exactly the method that it is registered for (RFC 6749 section 2.3)."""

import base64

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import disable_client, rotate_secret
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import App

EMPTY = ("", " ", "null", "None", "undefined")


def _ask(
    program: FlaskClient, form: dict[str, str], pair: str | None = None, scheme: str = "Basic"
) -> TestResponse:
    headers = {}
    if pair is not None:
        headers["Authorization"] = f"{scheme} {base64.b64encode(pair.encode()).decode()}"
    return program.post("/oauth2/token", data={"grant_type": "client_credentials", **form}, headers=headers)


@pytest.fixture
def service(register_app: RegisterApp) -> App:
    return register_app("service")


def test_the_right_secret_by_the_right_method(program: FlaskClient, register_app: RegisterApp) -> None:
    for method in ("client_secret_basic", "client_secret_post"):
        app = register_app("service", token_endpoint_auth_method=method)
        assert app.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200


def test_credentials_are_form_urlencoded_before_they_are_joined(program: FlaskClient, service: App) -> None:
    encoded = "".join(f"%{ord(letter):02x}" for letter in f"{service.secret}")
    assert _ask(program, {}, f"{service.client_id}:{encoded}").status_code == 200


def test_a_wrong_method_is_refused_and_named(program: FlaskClient, service: App) -> None:
    answer = _ask(program, {"client_id": service.client_id, "client_secret": service.secret or ""})
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_client"
    assert "client_secret_basic" in answer.get_json()["error_description"]


def test_no_empty_secret_is_ever_right(program: FlaskClient, register_app: RegisterApp) -> None:
    """CVE-2024-45160: an empty secret must match nothing, whatever the method and whatever is stored."""
    apps = [
        register_app("service"),
        register_app("service", token_endpoint_auth_method="client_secret_post"),
        register_app("spa", grant_types=["client_credentials"]),
    ]
    answers = {
        (app.auth_method, secret, how): status
        for app in apps
        for secret in EMPTY
        for how, status in (
            ("basic", _ask(program, {}, f"{app.client_id}:{secret}").status_code),
            ("post", _ask(program, {"client_id": app.client_id, "client_secret": secret}).status_code),
            ("none", _ask(program, {"client_id": app.client_id}).status_code),
        )
    }
    assert {asked: status for asked, status in answers.items() if status != 401} == {}


def test_a_public_client_with_a_secret_is_refused(program: FlaskClient, register_app: RegisterApp) -> None:
    """CVE-2026-92289: a secret that nobody checks is worse than none."""
    app = register_app("spa")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "client_id": app.client_id,
        "client_secret": "x",
    }
    assert program.post("/oauth2/token", data=form).status_code == 401


@pytest.mark.parametrize(
    "pair", ["nobody:secret", "nobody", ":secret", "", "\x00:\x00", "ü:ü", "%ff:%ff", "a" * 3000]
)
def test_whatever_else_is_presented_is_401_with_the_scheme(
    program: FlaskClient, service: App, pair: str
) -> None:
    answer = _ask(program, {}, pair)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_client"
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.headers["Cache-Control"] == "no-store"


def test_two_methods_at_once_are_an_invalid_request(program: FlaskClient, service: App) -> None:
    pair = f"{service.client_id}:{service.secret}"
    twice = _ask(program, {"client_id": service.client_id, "client_secret": service.secret or ""}, pair)
    other = _ask(program, {"client_id": "another"}, pair)
    assert [twice.status_code, other.status_code] == [400, 400]
    assert twice.get_json()["error"] == other.get_json()["error"] == "invalid_request"


def test_credentials_in_the_address_count_for_nothing(
    program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("service", token_endpoint_auth_method="client_secret_post")
    query = {"client_id": app.client_id, "client_secret": app.secret, "grant_type": "client_credentials"}
    assert program.post("/oauth2/token", query_string=query).status_code == 401
    assert program.get("/oauth2/token", query_string=query).status_code == 405


def test_bodies_that_are_no_form_are_refused(program: FlaskClient, service: App) -> None:
    headers, _ = service.credentials()
    for body, kind in (("{}", "application/json"), ("grant_type=client_credentials", "text/plain")):
        answer = program.post("/oauth2/token", data=body, content_type=kind, headers=headers)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    doubled = "grant_type=client_credentials&grant_type=client_credentials"
    answer = program.post(
        "/oauth2/token", data=doubled, content_type="application/x-www-form-urlencoded", headers=headers
    )
    assert answer.get_json()["error"] == "invalid_request"


def test_a_new_secret_works_at_once_and_a_disabled_client_at_once_no_more(
    portal: Portal, program: FlaskClient, service: App
) -> None:
    row = client_row(portal, service)
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
    with portal.unit_of_work(SYSTEM) as uow:
        fresh = rotate_secret(uow, row.id, RotateSecret(overlap_seconds=0))
    portal.clients.forget(row.id)
    assert _ask(program, {}, f"{service.client_id}:{fresh.text}").status_code == 200
    assert _ask(program, {}, f"{service.client_id}:{service.secret}").status_code == 401
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, row.id)
    assert _ask(program, {}, f"{service.client_id}:{fresh.text}").status_code == 401


def test_a_refusal_is_remembered_without_the_secret(
    portal: Portal, program: FlaskClient, service: App
) -> None:
    _ask(program, {}, f"{service.client_id}:guess-1234")
    entries = audit_of(portal, "client.refused")
    assert [entry.resource_id for entry in entries] == [client_row(portal, service).id]
    assert entries[0].outcome == "failure"
    assert "guess-1234" not in repr(entries[0])


@pytest.mark.settings(throttles=True, workers=1)
def test_a_flood_of_guesses_is_told_to_wait_and_the_right_secret_never_is(
    portal: Portal, program: FlaskClient, service: App
) -> None:
    answers = [_ask(program, {}, f"{service.client_id}:guess").status_code for _ in range(35)]
    assert answers[:30] == [401] * 30
    assert answers[30:] == [429] * 5
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
