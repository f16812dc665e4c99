"""Apps hear from the browser that its person leaves (OpenID Connect Front-Channel Logout 1.0)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from tests.oauth.conftest import RegisterApp
from tests.oauth.leaving import calls, receiver, set_switches
from tests.oauth.steps import LEFT, App, hidden_fields, payload_of, tokens_for
from tests.support.portals import MovableClock
from tests.support.processes import free_port
from tests.support.receivers import Receiver

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from portal.accounts.models import User

__all__ = ["receiver"]

FRAMED = "https://kestrel.example/frontchannel_logout?tenant=7"


@pytest.fixture
def framed(portal: Portal, register_app: RegisterApp) -> App:
    """An app that is told by the browser."""
    app = register_app("web", require_consent=False)
    set_switches(portal, app, frontchannel_logout_uri=FRAMED, frontchannel_logout_session_required=True)
    return app


def _frames(page: TestResponse) -> list[str]:
    return [unescape(address) for address in re.findall(r'<iframe[^>]* src="([^"]*)"', page.text)]


def _page_after(visitor: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/oauth2/signed-out?leaving=")
    return visitor.get(answer.headers["Location"])


def _log_out(visitor: FlaskClient, hint: str, **more: str) -> TestResponse:
    return visitor.get("/oauth2/logout", query_string={"id_token_hint": hint, **more})


def test_oidcc_frontchannel_rp_initiated_logout(visitor: FlaskClient, framed: App) -> None:
    hint = tokens_for(visitor, framed)["id_token"]
    page = _page_after(visitor, _log_out(visitor, hint, post_logout_redirect_uri=LEFT, state="a b&c"))
    (frame,) = _frames(page)
    known = payload_of(hint)
    assert frame.startswith(f"{FRAMED}&")
    assert dict(parse_qsl(urlsplit(frame).query)) == {"tenant": "7", "iss": known["iss"], "sid": known["sid"]}
    policy = page.headers["Content-Security-Policy"]
    assert re.findall(r"frame-src ([^;]*)", policy) == ["https://kestrel.example"]
    onward = f"{LEFT}?state=a%20b%26c"
    assert unescape(re.findall(r'<a [^>]*id="continue" href="([^"]*)"', page.text)[0]) == onward
    assert re.search(
        rf'<noscript><meta http-equiv="refresh" content="\d;url={re.escape(onward)}">', page.text
    )
    nonce = re.findall(r"'nonce-([^']*)'", policy)[0]
    assert f'<script nonce="{nonce}">' in page.text


def test_nothing_is_framed_where_nobody_asked_for_it(visitor: FlaskClient, web_app: App) -> None:
    hint = tokens_for(visitor, web_app)["id_token"]
    answer = _log_out(visitor, hint, post_logout_redirect_uri=LEFT)
    assert answer.headers["Location"] == LEFT
    page = visitor.get("/oauth2/signed-out")
    assert _frames(page) == []
    assert "frame-src" not in page.headers["Content-Security-Policy"]


def test_signing_out_of_the_portal_tells_apps_too(visitor: FlaskClient, framed: App) -> None:
    tokens_for(visitor, framed)
    form = hidden_fields(visitor.get("/logout"), "/logout")
    page = _page_after(visitor, visitor.post("/logout", data=form))
    assert len(_frames(page)) == 1
    assert 'id="continue"' not in page.text, "it leads nowhere"


def test_signing_out_everywhere_tells_every_app_and_ends_every_session(
    portal: Portal,
    visitor: FlaskClient,
    visitor_as: Callable[[User], FlaskClient],
    maya: User,
    framed: App,
    receiver: Receiver,
) -> None:
    set_switches(portal, framed, backchannel_logout_uri=f"{receiver.url}/left")
    other = visitor_as(maya)
    for browser in (visitor, other):
        tokens_for(browser, framed)
    asked = visitor.get("/account/sessions/end-all")
    token = re.findall(r'name="csrf_token" value="([^"]*)"', asked.text)[0]
    page = _page_after(visitor, visitor.post("/account/sessions/end-all", data={"csrf_token": token}))
    assert len(_frames(page)) == 1, "of this browser's own session"
    assert other.get("/account/sessions").status_code == 303
    assert visitor.get("/account/sessions").status_code == 303
    assert len(calls(portal)) == 2


def test_the_last_page_can_not_be_made_up_and_does_not_last(
    visitor: FlaskClient, framed: App, clock: MovableClock
) -> None:
    """Nobody leads a browser anywhere by it (SECURITY.md C-1)."""
    hint = tokens_for(visitor, framed)["id_token"]
    address = _log_out(visitor, hint, post_logout_redirect_uri=LEFT).headers["Location"]
    for wrong in (address[:-4], address + "A", address.replace("v1.", "v2."), "/oauth2/signed-out?leaving=x"):
        page = visitor.get(wrong)
        assert page.status_code == 200
        assert LEFT not in page.text
        assert _frames(page) == []
    assert LEFT in visitor.get(address).text, "a reload works"
    clock.advance(minutes=11)
    assert LEFT not in visitor.get(address).text


def test_the_confirmation_page_leads_there_too(
    visitor: FlaskClient, framed: App, visitor_as: Callable[[User], FlaskClient], maya: User
) -> None:
    tokens_for(visitor, framed)
    page = visitor.get("/oauth2/logout")
    done = visitor.post("/oauth2/logout/confirm", data=hidden_fields(page, "/oauth2/logout/confirm"))
    assert len(_frames(_page_after(visitor, done))) == 1


# ------------------------------------------------------------------------------------------------- a real browser


PORT = free_port()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where a browser can reach the portal of this process."""
    server = make_server("localhost", PORT, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{PORT}"
    server.shutdown()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.settings(base_url=f"http://localhost:{PORT}")
def test_a_browser_opens_the_frames_and_then_goes_back_to_the_app(
    portal: Portal,
    page: Page,
    address: str,
    visitor: FlaskClient,
    register_app: RegisterApp,
    receiver: Receiver,
) -> None:
    """Under the page's own policy, and with nobody pressing anything."""
    left = f"{receiver.url}/left"
    app = register_app("web", require_consent=False, post_logout_redirect_uris=[left])
    set_switches(portal, app, frontchannel_logout_uri=f"{receiver.url}/frontchannel_logout")
    hint = tokens_for(visitor, app)["id_token"]
    cookie = visitor.get_cookie("portal_session")
    assert cookie is not None
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    asked = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": left, "state": "s-1"})
    page.goto(f"{address}/oauth2/logout?{asked}")
    page.wait_for_url(f"{left}?state=s-1")
    told, back = (urlsplit(visit) for visit in receiver.visits)
    assert told.path == "/frontchannel_logout"
    assert dict(parse_qsl(told.query)) == {"iss": address, "sid": payload_of(hint)["sid"]}
    assert back.path == "/left"
