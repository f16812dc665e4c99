"""The whole house once more, in browsers that run no script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.journeys import pages
from tests.journeys.conftest import NewContext, StartApp, new_address

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.support.live import LivePortal

NEW_PASSWORD = "seven otters in a teapot"


def test_everything_from_registering_an_app_to_disconnecting_it_works_without_a_script(
    live_portal: LivePortal, administrator: User, new_context: NewContext, callback: str, start_app: StartApp
) -> None:
    url, post = live_portal.url, live_portal.post
    console = new_context(java_script_enabled=False).new_page()
    pages.sign_in(console, url, administrator.email)
    settings = pages.register_app(console, url, "Harbour Wiki", callback, audience="Everyone with an account")
    expect(console.get_by_role("button", name="Copy")).to_have_count(0)  # only what works is shown
    home = start_app(settings)

    page, email = new_context(java_script_enabled=False).new_page(), new_address("Aiko")
    page.goto(home)
    pages.follow(page, "Sign in with the portal")
    pages.sign_up(page, "Aiko Tanaka", email)
    pages.fill(page, Code=pages.mailed_code(post, email))
    pages.press(page, "Finish")
    page.get_by_text("s shared").first.click()
    expect(page.get_by_role("definition").filter(has_text="Aiko Tanaka")).to_be_visible()
    pages.allow(page)
    expect(page.get_by_text("Signed in as Aiko Tanaka")).to_be_visible()
    pages.press(page, "Refresh")
    assert json.loads(page.locator("pre").inner_text())["refreshed"] == 1

    # the operator looks again, by the link that is there for it
    pages.follow(console, "Refresh")
    expect(console.get_by_text("The first sign-in has happened")).to_be_visible()
    console.goto(f"{url}/admin/audit")
    console.get_by_label("Person, app, address or request").fill(email.partition("@")[0])
    console.get_by_label("Action", exact=True).select_option(label="What people allowed apps")
    pages.press(console, "Filter")
    expect(console.locator("details.event")).to_have_count(1)
    allowed = pages.event(console, "allowed Harbour Wiki to use their account")
    expect(pages.change(allowed, "Scopes").locator("ins", has_text="openid")).to_be_visible()

    # another browser, a forgotten password, and an end for the session of the first
    other = new_context(java_script_enabled=False).new_page()
    other.goto(f"{url}/login")
    pages.fill(other, Email_or_username=email)
    pages.press(other, "Continue")
    pages.recover(other, post, email, NEW_PASSWORD)
    pages.heading(other, "Hello, Aiko Tanaka")
    page.goto(f"{url}/account")
    pages.answer_sign_in(page, email, NEW_PASSWORD)
    page.goto(f"{url}/account/sessions")
    pages.press(page, "Sign out Chrome on Linux")
    expect(page.get_by_text("Signed out Chrome on Linux")).to_be_visible()
    other.reload()
    pages.heading(other, "Sign in")

    page.goto(f"{url}/account/apps")
    pages.press(page, "Disconnect Harbour Wiki")
    expect(page.get_by_text("No apps yet")).to_be_visible()
    page.goto(home)
    expect(page.get_by_text("The portal refuses: 401")).to_be_visible()

    page.goto(f"{url}/account")
    pages.sign_out(page)
