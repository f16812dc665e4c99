"""From an app that nobody knows yet to a person who comes and goes through it, and an operator who can tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import pages
from tests.journeys.conftest import NewContext, StartApp, new_address

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.support.live import LivePortal

pytestmark = pytest.mark.browser_context_args(reduced_motion="no-preference")
"""As most people come: pages fade into each other, and clicks fall into that."""


def told(page: Page) -> dict[str, Any]:
    """What the app shows of the portal's userinfo."""
    answer: dict[str, Any] = json.loads(page.locator("pre").inner_text())
    return answer


def test_a_stranger_signs_up_on_the_way_to_an_app_and_the_operator_sees_all_of_it(
    live_portal: LivePortal, administrator: User, new_context: NewContext, callback: str, start_app: StartApp
) -> None:
    console = new_context().new_page()
    pages.sign_in(console, live_portal.url, administrator.email)
    settings = pages.register_app(
        console, live_portal.url, "Kestrel CI", callback, audience="Everyone with an account"
    )
    secret = console.get_by_role("region", name="Copy the secret now")
    expect(secret).to_contain_text(settings["OIDC_CLIENT_SECRET"])
    expect(console.get_by_text("Waiting for the first sign-in")).to_be_visible()
    home = start_app(settings)

    page, email = new_context().new_page(), new_address("Maya")
    page.goto(home)
    pages.follow(page, "Sign in with the portal")
    expect(page.get_by_text("to continue to Kestrel CI")).to_be_visible()
    pages.sign_up(page, "Maya Okafor", email)
    expect(page.get_by_text("to continue to Kestrel CI")).to_be_visible()
    pages.fill(page, Code=pages.mailed_code(live_portal.post, email))
    pages.press(page, "Finish")
    expect(page.get_by_text("You'll go to 127.0.0.1")).to_be_visible()
    expect(page.get_by_text(f"{email}, verified")).to_be_visible()
    pages.allow(page)

    expect(page.get_by_text("Signed in as Maya Okafor")).to_be_visible()
    first = told(page)
    assert (first["email"], first["email_verified"], first["refreshed"]) == (email, True, 0)
    # the console's page has seen it without being asked again
    expect(console.get_by_text("The first sign-in has happened")).to_be_visible()
    expect(console.get_by_text("Waiting for the first sign-in")).to_have_count(0)

    pages.press(page, "Refresh")
    page.wait_for_load_state()
    assert told(page) == {**first, "refreshed": 1}

    pages.press(page, "Sign out")
    expect(page.get_by_text("You have left Kestrel CI")).to_be_visible()
    assert page.url == f"{home}/left?state=bye"
    page.goto(f"{live_portal.url}/account")
    pages.heading(page, "Sign in")

    the_operator_can_tell(console, live_portal.url, settings["OIDC_CLIENT_ID"], email)
    console.reload()
    expect(console.get_by_text(settings["OIDC_CLIENT_SECRET"])).to_have_count(0)


def the_operator_can_tell(console: Page, url: str, client_id: str, email: str) -> None:
    """Every step stands in the log, from the app's registration to the sign-out, with what it changed."""
    name = email.partition("@")[0]
    console.goto(f"{url}/admin/audit?q={name}")
    events = console.locator("details.event summary")
    for sentence in (
        f"{name} got an account",
        f"{name} signed in",
        f"{name} allowed Kestrel CI to use their account",
        f"{name} signed in to Kestrel CI",
        f"{name} signed out in Kestrel CI",
    ):
        expect(events.filter(has_text=sentence).first).to_be_visible()

    created = pages.event(console, f"{name} got an account")
    for field, after in (("Email", email), ("Email verified", "yes"), ("Name", "Maya Okafor")):
        row = pages.change(created, field)
        expect(row).to_contain_text("not set")
        expect(row.locator("ins")).to_have_text(after)

    console.goto(f"{url}/admin/apps")
    console.get_by_label("Name or client ID").fill(client_id)
    expect(console.get_by_role("row")).to_have_count(2)
    pages.follow(console, "Kestrel CI")
    registered = pages.event(console, "registered the app Kestrel CI")
    expect(registered.locator("ins", has_text="/callback")).to_be_visible()


def test_a_mailed_link_leads_to_the_app_too_and_a_second_visit_asks_nothing(
    live_portal: LivePortal, kestrel: str, page: Page
) -> None:
    email = new_address("Devon")
    page.goto(kestrel)
    pages.follow(page, "Sign in with the portal")
    pages.sign_up(page, "Devon Reyes", email)
    page.goto(pages.mailed_link(live_portal.post, email))
    pages.heading(page, "Verify your email")
    pages.press(page, "Finish")
    pages.allow(page)
    expect(page.get_by_text("Signed in as Devon Reyes")).to_be_visible()

    page.context.clear_cookies(domain="127.0.0.1")  # the app forgets, the portal does not
    page.goto(kestrel)
    pages.follow(page, "Sign in with the portal")
    expect(page.get_by_text("Signed in as Devon Reyes")).to_be_visible()

    page.goto(f"{live_portal.url}/account/apps")
    expect(page.get_by_text("Sees who you are and your email address")).to_be_visible()
    pages.press(page, "Disconnect Kestrel CI")
    expect(page.get_by_text("Disconnected Kestrel CI")).to_be_visible()
    page.goto(kestrel)
    expect(page.get_by_text("The portal refuses: 401")).to_be_visible()
