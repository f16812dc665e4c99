"""The modules of the plan for RP-initiated logout, each under its own name."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.oauth.steps import LEFT, App, authorize, follow, hidden_fields, returned, tokens_for

STATE = "s" * 125 + "-._~"
UNSIGNED = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
FOREIGN = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InN1aXRlIiwidHlwIjoiSldUIn0."
    "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0Iiwic3ViIjoieCIsImF1ZCI6IngifQ.c2lnbmF0dXJl"
)


@pytest.fixture
def hint(visitor: FlaskClient, web_app: App) -> str:
    token: str = tokens_for(visitor, web_app)["id_token"]
    return token


def _log_out(visitor: FlaskClient, **parameters: str | None) -> TestResponse:
    given = {name: value for name, value in parameters.items() if value is not None}
    return visitor.get("/oauth2/logout", query_string=given)


def _is_signed_in(visitor: FlaskClient, app: App) -> bool:
    back = returned(authorize(visitor, app.request(prompt="none", scope="openid", state=STATE)))
    assert back["state"] == STATE
    return back.get("error") != "login_required"


def test_oidcc_rp_initiated_logout(visitor: FlaskClient, web_app: App, hint: str) -> None:
    answer = _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri=LEFT, state=STATE)
    assert answer.headers["Location"] == f"{LEFT}?state={STATE}", "unchanged, and nothing beside it"
    assert not _is_signed_in(visitor, web_app)


def test_oidcc_rp_initiated_logout_no_state(visitor: FlaskClient, hint: str) -> None:
    answer = _log_out(visitor, id_token_hint=hint, post_logout_redirect_uri=LEFT)
    assert answer.headers["Location"] == LEFT


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"post_logout_redirect_uri": "https://kestrel.example/other"}, id="bad_redirect_uri"),
        pytest.param({"post_logout_redirect_uri": f"{LEFT}?foo=bar"}, id="query_added_to_redirect_uri"),
        pytest.param({"id_token_hint": "modified"}, id="modified_id_token_hint"),
        pytest.param({"id_token_hint": FOREIGN}, id="bad_id_token_hint"),
        pytest.param({"id_token_hint": None}, id="no_id_token_hint"),
        pytest.param({"id_token_hint": None, "client_id": "own"}, id="client_id_alone"),
        pytest.param({"id_token_hint": None, "logout_hint": "maya@meridian.example"}, id="logout_hint_alone"),
    ],
)
def test_oidcc_rp_initiated_logout_never_redirects_without_proof(
    visitor: FlaskClient, web_app: App, hint: str, parameters: dict[str, str | None]
) -> None:
    """…-bad-post-logout-redirect-uri, -query-added-…, -modified-…, -bad-…, and -no-id-token-hint: a page asks, and even
    a yes leads nowhere.
    """
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": LEFT, "state": STATE, **parameters}
    if asked["id_token_hint"] == "modified":
        asked["id_token_hint"] = UNSIGNED + hint.split(".")[1] + "."
    if asked.get("client_id") == "own":
        asked["client_id"] = web_app.client_id
    page = _log_out(visitor, **asked)
    assert page.status_code == 200
    assert 'id="sign-out"' in page.text
    done = visitor.post("/oauth2/logout/confirm", data=hidden_fields(page, "/oauth2/logout/confirm"))
    assert done.headers["Location"] == "/oauth2/signed-out"
    assert not _is_signed_in(visitor, web_app)


@pytest.mark.parametrize("parameters", [{}, {"state": STATE}], ids=["no_params", "only_state"])
def test_oidcc_rp_initiated_logout_without_anything(
    visitor: FlaskClient, web_app: App, hint: str, parameters: dict[str, str]
) -> None:
    page = _log_out(visitor, **parameters)
    done = visitor.post("/oauth2/logout/confirm", data=hidden_fields(page, "/oauth2/logout/confirm"))
    assert "You are signed out" in follow(visitor, done).text
    assert not _is_signed_in(visitor, web_app)
    assert hint


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(
    visitor: FlaskClient, web_app: App, hint: str
) -> None:
    page = follow(visitor, _log_out(visitor, id_token_hint=hint, state=STATE))
    assert page.status_code == 200
    assert "You are signed out" in page.text
    assert not _is_signed_in(visitor, web_app)


def test_what_else_an_app_may_send_changes_nothing(visitor: FlaskClient, web_app: App, hint: str) -> None:
    """RP-Initiated Logout 2: `client_id`, `logout_hint` and `ui_locales` beside a good hint."""
    answer = _log_out(
        visitor,
        id_token_hint=hint,
        post_logout_redirect_uri=LEFT,
        client_id=web_app.client_id,
        logout_hint="somebody.else@meridian.example",
        ui_locales="nl de",
        unknown="x",
    )
    assert answer.headers["Location"] == LEFT
