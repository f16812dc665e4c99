"""The same journey in a real browser, whose policies (form-action, SameSite) bind our pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.relying_parties.running import RelyingParty, running_app
from tests.support.live import LivePortal
from tests.support.people import PASSWORD


@pytest.fixture
def app(live_portal: LivePortal, tmp_path: Path) -> Iterator[RelyingParty]:
    """At 127.0.0.1, while the portal is at localhost: another site to a browser."""
    with running_app("authlib", live_portal, tmp_path) as running:
        yield running


@contextmanager
def _no_complaints(page: Page, app: RelyingParty) -> Iterator[None]:
    """Nothing of the portal was blocked or failed in the block; the app has no icon, which is its own affair."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.location["url"].startswith(app.url):
            complaints.append(message.text)

    page.on("console", listen)
    yield
    assert complaints == []


def _sign_in(page: Page, app: RelyingParty) -> None:
    page.get_by_label("Email or username").fill(app.email)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_goes_through_every_page_and_back(
    browser: Browser, app: RelyingParty, *, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    with _no_complaints(page, app):
        page.goto(f"{app.url}/login?prompt=select_account")
        _sign_in(page, app)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Kestrel CI wants access to your Portal account"
        )
        expect(page.get_by_text(f"{app.email}, verified")).to_be_visible()
        expect(page.get_by_text("Ongoing")).to_be_visible()
        page.get_by_role("button", name="Allow access").click()
        page.wait_for_url(f"{app.url}/")
        assert app.subject in page.content()
        page.goto(f"{app.url}/login?prompt=select_account")
        page.get_by_role("button", name="Continue as Maya Okafor").click()
        page.wait_for_url(f"{app.url}/")
        page.goto(f"{app.portal_url}/account/apps")
        expect(page.get_by_text("Sees who you are and your email address")).to_be_visible()
        page.goto(f"{app.url}/logout")
        page.wait_for_url(f"{app.url}/left*")
        page.goto(f"{app.url}/login")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    context.close()


def test_a_person_says_no_and_may_be_somebody_else(browser: Browser, app: RelyingParty) -> None:
    context = browser.new_context()
    page = context.new_page()
    with _no_complaints(page, app):
        page.goto(f"{app.url}/login")
        _sign_in(page, app)
        page.get_by_role("button", name="Switch account").click()
        expect(page.get_by_label("Email or username")).to_be_visible()
        _sign_in(page, app)
        page.get_by_role("button", name="Don't allow").click()
        page.wait_for_url(f"{app.url}/")
        assert "access_denied" in page.content()
    context.close()


def test_signing_out_without_proof_asks_first(browser: Browser, app: RelyingParty) -> None:
    context = browser.new_context()
    page = context.new_page()
    with _no_complaints(page, app):
        page.goto(f"{app.url}/login")
        _sign_in(page, app)
        page.goto(f"{app.portal_url}/oauth2/logout")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    context.close()
