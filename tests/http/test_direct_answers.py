"""Endpoints that programs ask all the time: found by their address, and in all that counts like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import request, session, url_for

from portal.oauth.routes import OFTEN

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ADDRESSES = [f"/oauth2/{name.partition('.')[2]}" for name in OFTEN]


@pytest.fixture
def plain(app: Flask) -> FlaskClient:
    """Somebody who sends everything that a browser could."""
    visitor = app.test_client()
    visitor.get("/login")
    visitor.set_cookie("portal_session", "ses_stolen")
    return visitor


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_answer_has_the_headers_of_every_answer(plain: FlaskClient, address: str) -> None:
    answer = plain.post(address, data={"token": "x"})
    assert answer.status_code in {400, 401}
    assert answer.is_json
    assert answer.headers["X-Request-ID"].startswith("req_")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cookie_is_read_there(app: Flask, plain: FlaskClient, address: str) -> None:
    seen: list[bool] = []

    def look() -> str:
        seen.append(bool(session))
        return "seen"

    rule = next(
        rule for rule in app.url_map.iter_rules() if rule.rule == address and "POST" in (rule.methods or ())
    )
    app.view_functions[rule.endpoint] = look
    with plain.session_transaction() as state:
        state["kept"] = "yes"
    assert plain.post(address).text == "seen"
    assert seen == [False]


@pytest.mark.parametrize("address", ["/oauth2//token", "/oauth2/token/", "/oauth2/Token"])
def test_another_spelling_is_another_address(plain: FlaskClient, address: str) -> None:
    assert plain.post(address, data={}).status_code == 404


@pytest.mark.parametrize("address", ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"])
def test_another_method_is_refused_as_before(plain: FlaskClient, address: str) -> None:
    answer = plain.get(address)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.get_json()["error"] == "invalid_request"


def test_a_fault_is_told_and_counted_like_any_other(app: Flask, plain: FlaskClient) -> None:
    def fail() -> str:
        raise RuntimeError("canary")

    app.view_functions["oauth.introspect"] = fail
    answer = plain.post("/oauth2/introspect")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    counted = app.extensions["portal"].ports.metrics.registry.get_sample_value(
        "http_requests_total", {"method": "POST", "endpoint": "/oauth2/introspect", "status": "500"}
    )
    assert counted == 1


def test_a_view_there_can_build_addresses(app: Flask, plain: FlaskClient) -> None:
    def link() -> str:
        return f"{url_for('oauth_pages.device')} {request.endpoint}"

    app.view_functions["oauth.introspect"] = link
    assert plain.post("/oauth2/introspect").text == "/device oauth.introspect"
