"""What only a browser decides: where a form may end, what comes back from its history, which cookies go along."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserType, Page, expect

from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.journeys import pages
from tests.oauth.steps import VERIFIER, challenge_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)

NATIVE = "org.example.fieldnotes:/callback"


def native_request(portal: Portal) -> str:
    """The address by which an app on this device asks, under a scheme of its own."""
    wish = RegisterClient(
        client_name="Fieldnotes", kind="native", redirect_uris=[NATIVE], audience="everyone"
    )
    with portal.unit_of_work(SYSTEM) as uow:
        client_id = register_client(uow, wish).client.client_id
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": NATIVE,
        "scope": "openid profile",
        "state": "s",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{portal.settings.base_url}/oauth2/authorize?{urlencode(asked)}"


def test_the_password_form_may_end_at_the_app(
    kestrel: str, somebody: Callable[[str], User], page: Page
) -> None:
    ingrid = somebody("Ingrid Solheim")
    page.goto(kestrel)
    pages.follow(page, "Sign in with the portal")
    pages.answer_sign_in(page, ingrid.email)
    pages.allow(page)
    expect(page.get_by_text("Signed in as Ingrid Solheim")).to_be_visible()

    # consent is remembered, so that the next password leads straight to the other site, in one chain of redirects
    page.context.clear_cookies()
    page.goto(kestrel)
    pages.follow(page, "Sign in with the portal")
    pages.answer_sign_in(page, ingrid.email)
    expect(page.get_by_text("Signed in as Ingrid Solheim")).to_be_visible()


def test_a_form_without_an_app_behind_it_ends_here_only(
    live_portal: LivePortal, kestrel: str, page: Page, complaints: list[str]
) -> None:
    page.goto(f"{live_portal.url}/login")
    with page.expect_console_message(lambda said: "form-action" in said.text):
        page.evaluate("home => { document.forms[0].action = home; document.forms[0].submit() }", kestrel)
    assert page.url == f"{live_portal.url}/login"
    assert len(complaints) == 1
    complaints.clear()


def test_the_consent_form_may_end_in_an_app_on_this_device(
    inside: Portal, somebody: Callable[[str], User], page: Page
) -> None:
    samir = somebody("Samir Haddad")
    page.goto(native_request(inside))
    pages.answer_sign_in(page, samir.email)
    expect(page.get_by_text("You'll go to org.example.fieldnotes:")).to_be_visible()
    # nothing on this device answers to the scheme; that the browser goes looking for it is the point
    with page.expect_request(lambda request: request.url.startswith(f"{NATIVE}?code=")):
        pages.allow(page)


def test_another_site_may_post_its_request_and_the_session_is_found_all_the_same(
    live_portal: LivePortal, kestrel: str, somebody: Callable[[str], User], page: Page
) -> None:
    pages.sign_in(page, live_portal.url, somebody("Lucía Marchetti").email)
    page.goto(f"{kestrel}/sign-in-by-form")
    pages.press(page, "Sign in with the portal")
    pages.allow(page)
    expect(page.get_by_text("Signed in as Lucía Marchetti")).to_be_visible()


def test_nothing_personal_comes_back_by_the_back_button(
    live_portal: LivePortal,
    administrator: User,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    # Playwright turns off the cache in which browsers keep whole pages to go back to
    kept = ["--disable-back-forward-cache"]
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=kept)
    try:
        page = browser.new_page()
        pages.sign_in(page, live_portal.url, administrator.email)
        for path in ("/account/profile", "/admin/users", "/account"):
            page.goto(live_portal.url + path)
        pages.sign_out(page)
        for _ in range(3):
            page.go_back()
            pages.heading(page, "Sign in")
            expect(page.locator("body")).not_to_contain_text(administrator.email)
            expect(page.locator("body")).not_to_contain_text(administrator.name)
    finally:
        browser.close()
