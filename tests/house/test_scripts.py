"""htmx and portal.js in a real browser, under the portal's policy, on a page that holds what others stumbled on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from deploy import assets

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

HOME = "http://portal.test/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CONFIG = '{"includeIndicatorCSS":false,"history":"reload","mode":"same-origin","extensions":"none"}'
POLLING = '<p id="poll" hx-get="/poll" hx-trigger="every 100ms" hx-swap="outerHTML">waiting</p>'
PAGE = f"""<!doctype html><html lang="en"><head><title>Scripts</title>
<meta name="htmx-config" content='{CONFIG}'>
<script src="/static/vendor/{assets.HTMX_FILE}" integrity="{assets.HTMX_INTEGRITY}" defer></script>
<script type="module" src="/static/js/portal.js"></script></head><body>
<form id="wish" method="post" action="/wish" hx-post="/wish" hx-swap="outerHTML">
  <input type="hidden" name="csrf_token" value="t0ken"><input name="text" value="a"><button>Send</button></form>
<form id="find" hx-get="/find" hx-target="#found" hx-swap="outerHTML" hx-sync="this:replace"
  hx-trigger="input delay:300ms, change, submit"><input name="q"></form><div id="found">0</div>
{POLLING}
<form data-password-form><div data-password><input type="password" id="secret" name="secret">
  <button type="button" aria-pressed="false" aria-controls="secret" data-show-password hidden><span>Show</span></button>
  <p data-caps-lock hidden>Caps Lock is on</p></div></form>
<time datetime="2001-01-01T00:00:00Z" data-relative>then</time>
<a href="/ask" data-dialog="ask">Remove</a>
<dialog id="ask"><form method="dialog"><button>Keep it</button></form></dialog>
<div id="toasts" role="status">
<div data-toast>Saved <button data-dismiss hidden><span>Dismiss</span></button></div></div>
</body></html>"""


class Desk:
    """Answers the page's requests without a server, and remembers them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.complaints: list[str] = []

    def answer(self, route: Route) -> None:
        """The page, the files of static/, and three small endpoints."""
        path = route.request.url.removeprefix(HOME.rstrip("/")).partition("?")[0]
        if path.startswith("/static/"):
            route.fulfill(path=assets.ROOT / path.removeprefix("/"))
            return
        self.requests.append(route.request)
        bodies = {
            "/": PAGE,
            "/wish": '<form id="wish"><p>Mend this</p></form>',
            "/find": '<div id="found">1</div>',
            "/poll": POLLING if len(self.sent_to("/poll")) < 3 else '<p id="poll">done</p>',
        }
        body = bodies.get(path, "")
        headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
        route.fulfill(status=422 if path == "/wish" else 200, body=body, headers=headers)

    def sent_to(self, path: str) -> list[Request]:
        """The requests for one path."""
        return [request for request in self.requests if request.url.removeprefix(HOME[:-1]).startswith(path)]


@pytest.fixture
def desk(page: Page) -> Iterator[Desk]:
    """The page, open; whatever the browser complains of fails the test, but for answers that are errors on purpose."""
    desk = Desk()
    page.on("console", lambda said: desk.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    page.route(f"{HOME}**", desk.answer)
    page.goto(HOME)
    yield desk
    assert [text for text in desk.complaints if "status of 422" not in text] == []


def test_htmx_is_the_version_that_was_reviewed(page: Page, desk: Desk) -> None:
    assert page.evaluate("htmx.version") == assets.HTMX_VERSION
    assert desk.complaints == []


def test_a_form_sends_its_token_and_shows_what_is_wrong(page: Page, desk: Desk) -> None:
    page.click("#wish button")
    page.get_by_text("Mend this").wait_for()
    sent = desk.sent_to("/wish")[0]
    assert sent.headers["hx-request"] == "true"
    assert parse_qs(sent.post_data or "") == {"csrf_token": ["t0ken"], "text": ["a"]}
    assert page.locator("form #wish").count() == 0


def test_a_filter_asks_once_when_typing_stops(page: Page, desk: Desk) -> None:
    page.locator("#find input").press_sequentially("maya", delay=20)
    page.get_by_text("1", exact=True).wait_for()
    assert [request.url for request in desk.sent_to("/find")] == [f"{HOME}find?q=maya"]


def test_polling_ends_when_the_answer_no_longer_asks_for_it(page: Page, desk: Desk) -> None:
    page.get_by_text("done").wait_for()
    page.wait_for_timeout(400)  # what was asked just before the last answer came has been sent by now
    asked = len(desk.sent_to("/poll"))
    assert asked >= 3
    page.wait_for_timeout(400)
    assert len(desk.sent_to("/poll")) == asked


def test_a_password_is_shown_on_request_and_hidden_before_it_is_sent(page: Page, desk: Desk) -> None:
    page.click("[data-show-password]")
    assert page.get_attribute("#secret", "type") == "text"
    assert page.get_attribute("[data-show-password]", "aria-pressed") == "true"
    page.evaluate(
        "document.querySelector('[data-password-form]').addEventListener('submit', e => e.preventDefault())"
    )
    page.press("#secret", "Enter")
    assert page.get_attribute("#secret", "type") == "password"
    assert desk.sent_to("/?secret") == []


def test_a_dialog_opens_in_place_of_the_page_that_asks_the_same(page: Page, desk: Desk) -> None:
    page.click("[data-dialog]")
    assert page.locator("dialog").evaluate("dialog => dialog.open") is True
    page.click("dialog button")
    assert page.locator("dialog").evaluate("dialog => dialog.open") is False
    assert desk.sent_to("/ask") == []


def test_a_toast_can_be_dismissed_and_a_time_reads_as_of_now(page: Page, desk: Desk) -> None:
    assert page.locator("time").inner_text().endswith("years ago")
    page.click("[data-dismiss]")
    assert page.locator("[data-toast]").count() == 0
    assert desk.complaints == []
