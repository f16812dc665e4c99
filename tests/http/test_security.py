"""Headers, cookies and CSRF, as every answer carries them."""

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PAGES = ["/login", "/signup", "/recover", "/nothing-here", "/static/nothing.css", "/health"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(client: "FlaskClient", path: str) -> None:
    answer = client.get(path)
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Request-ID"].startswith("req_")
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == ("'none'" if answer.is_json else "'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "python" not in headers.get("Server", "").lower()


def test_a_nonce_is_never_used_twice(client: "FlaskClient") -> None:
    found = [
        re.search(r"'nonce-([^']+)'", client.get("/login").headers["Content-Security-Policy"])
        for _ in range(50)
    ]
    assert len({match[1] for match in found if match}) == 50


def test_pages_are_not_stored_and_assets_are(client: "FlaskClient") -> None:
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    asset = client.get("/static/css/portal.css?v=1", headers={"Accept-Encoding": "gzip"})
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asset.headers["Content-Encoding"] == "gzip"
    assert "Set-Cookie" not in asset.headers


def test_a_form_without_its_token_is_refused(client: "FlaskClient") -> None:
    answer = client.post("/login", data={"identifier": "maya"})
    assert answer.status_code == 400
    assert "This form has expired" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_a_form_from_another_site_is_refused(client: "FlaskClient", headers: dict[str, str]) -> None:
    answer = client.post("/login", data={"identifier": "maya"}, headers=headers)
    assert answer.status_code == 403
    assert "sent from another site" in answer.text


@pytest.mark.settings(base_url="https://id.example.org")
def test_under_https_cookies_belong_to_this_host_alone(client: "FlaskClient") -> None:
    answer = client.get("/login", base_url="https://id.example.org")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-portal_")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_large_body_is_refused_before_it_is_read(client: "FlaskClient") -> None:
    answer = client.post("/login", data={"identifier": "x" * 70_000})
    assert answer.status_code == 413
    assert "64 kB" in answer.text


def test_what_a_proxy_would_say_counts_for_nothing_from_a_visitor(client: "FlaskClient") -> None:
    forged = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    answer = client.get("/metrics", headers=forged, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.status_code == 403
    assert "evil.example" not in client.get("/login", headers=forged).text
