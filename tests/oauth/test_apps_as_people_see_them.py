"""What people are told of an app before they give it anything."""

import base64
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.usecases.vouching import vouch_for_client
from portal.infra.actor import CLI
from tests.infra.listeners import Listen, listen, says
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.registering import Registered, registered
from tests.oauth.steps import App, authorize

__all__ = ["listen"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open", fetch_loopback=True),
]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LINKS = {
    "policy_uri": "https://kestrel.example/policy",
    "tos_uri": "https://kestrel.example/tos",
    "client_uri": "https://kestrel.example/",
}


def with_logo(program: FlaskClient, listen: Listen, body: bytes = PNG, kind: str = "image/png") -> Registered:
    server = listen(says(body, kind=kind))
    return registered(program, logo_uri=f"http://localhost:{server.port}/openid.png", **LINKS)


def picture_on(page: str) -> str:
    found = re.search(r'<img src="(/oauth2/apps/[^"]+/logo)" alt="">', page)
    assert found is not None, page
    return found[1]


def test_an_app_that_nobody_has_checked_is_called_unverified(
    program: FlaskClient, visitor: FlaskClient
) -> None:
    page = authorize(visitor, registered(program).app.request()).text
    assert 'id="unverified"' in page
    assert "Nobody who runs Portal has checked whose app this is." in page
    assert '<strong class="ltr">kestrel.example</strong>' in page


def test_an_app_of_an_administrator_is_not(visitor: FlaskClient, web_app: App) -> None:
    assert "unverified" not in authorize(visitor, web_app.request()).text.lower()


def test_once_somebody_has_vouched_for_it_nobody_is_warned(
    portal: Portal, program: FlaskClient, visitor: FlaskClient
) -> None:
    app = registered(program).app
    for _ in range(2):
        with portal.unit_of_work(CLI) as uow:
            vouch_for_client(uow, client_row(portal, app).id)
    assert "unverified" not in authorize(visitor, app.request()).text.lower()
    assert len(audit_of(portal, "client.vouched_for")) == 1


@pytest.mark.parametrize("module", ["logo_uri", "policy_uri", "tos_uri"])
def test_oidcc_registration_logo_policy_and_tos_uri(
    app: Flask, program: FlaskClient, listen: Listen, module: str
) -> None:
    """The first page after the authorization request shows them, to somebody who is not signed in."""
    stranger, made = app.test_client(), with_logo(program, listen)
    page = authorize(stranger, made.app.request()).text
    assert "to continue to <strong><bdi>Kestrel CI</bdi></strong>" in page
    assert "Unverified" in page
    if module == "logo_uri":
        assert stranger.get(picture_on(page)).data == PNG
    else:
        assert f'href="{LINKS[module]}"' in page


def test_the_consent_page_shows_them_too(program: FlaskClient, visitor: FlaskClient, listen: Listen) -> None:
    page = authorize(visitor, with_logo(program, listen).app.request()).text
    assert picture_on(page)
    assert all(f'href="{uri}"' in page for uri in LINKS.values())


def test_a_picture_comes_from_the_portal_and_is_fetched_once(
    program: FlaskClient, visitor: FlaskClient, listen: Listen
) -> None:
    server = listen(says(PNG, kind="image/png"))
    app = registered(program, logo_uri=f"http://localhost:{server.port}/x").app
    path = picture_on(authorize(visitor, app.request()).text)
    answers = [visitor.get(path) for _ in range(3)]
    assert {answer.content_type for answer in answers} == {"image/png"}
    assert answers[0].headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answers[0].headers["X-Content-Type-Options"] == "nosniff"
    assert server.connections == 1
    assert b"Cookie" not in server.requests[0]
    assert b"Referer" not in server.requests[0]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<script>alert(1)</script>", "image/png"),
        (PNG, "text/html"),
        (PNG + b"x" * 70_000, "image/png"),
    ],
)
def test_what_is_no_picture_is_not_shown(
    program: FlaskClient, visitor: FlaskClient, listen: Listen, body: bytes, kind: str
) -> None:
    path = picture_on(authorize(visitor, with_logo(program, listen, body, kind).app.request()).text)
    assert [visitor.get(path).status_code for _ in range(2)] == [404, 404]


@pytest.mark.settings(fetch_loopback=False)
def test_C9_a_picture_is_not_fetched_from_inside_the_house(  # noqa: N802
    program: FlaskClient, visitor: FlaskClient, register_app: RegisterApp, listen: Listen
) -> None:
    canary = listen(says(PNG, kind="image/png"))
    for host in ("localhost", "127.0.0.1"):
        made = register_app("web", name=host, logo_uri=f"http://{host}:{canary.port}/x")
        path = picture_on(authorize(visitor, made.request()).text)
        assert program.get(path).status_code == 404
    assert canary.connections == 0


def test_a_link_that_nobody_should_press_is_not_shown(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    """CVE-2026-29192: checked when it is stored, and again when it is shown."""
    made = register_app("web", policy_uri="javascript:alert(1)", tos_uri="data:text/html,x")
    page = authorize(visitor, made.request()).text
    assert "javascript:" not in page
    assert "data:text" not in page
