"""From an entry to how it was then, to what is different now, and back: with a script and without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys import pages
from tests.journeys.conftest import NewContext

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from portal.accounts.models import User
    from tests.support.live import LivePortal


@pytest.mark.parametrize(
    ("live_portal", "with_script"),
    [("postgresql", True), ("sqlite", False)],
    indirect=["live_portal"],
    ids=["script", "no script"],
)
def test_an_operator_looks_back_compares_and_restores(
    live_portal: LivePortal,
    administrator: User,
    somebody: Callable[[str], User],
    new_context: NewContext,
    *,
    with_script: bool,
) -> None:
    noor, url = somebody("Noor Haddad"), live_portal.url
    theirs = new_context(java_script_enabled=with_script).new_page()
    pages.sign_in(theirs, url, noor.email)
    theirs.goto(f"{url}/account/profile")
    pages.fill(theirs, Name="Nour H.")
    theirs.get_by_label("Nickname").fill("Noor")
    pages.press(theirs, "Save")

    console = new_context(java_script_enabled=with_script).new_page()
    pages.sign_in(console, url, administrator.email)
    console.goto(f"{url}/admin/audit?kind=people&subject={noor.id}")
    entry = pages.event(console, "edited their profile")
    expect(pages.change(entry, "Name").locator("del")).to_have_text("Noor Haddad")
    expect(pages.change(entry, "Name").locator("ins")).to_have_text("Nour H.")

    # how it was just after the change, and before it
    pages.follow(entry, f"{noor.username} as of then")
    pages.heading(console, f"History of {noor.username}")
    expect(_state(console)).to_contain_text("Nour H.")
    created = pages.event(console, f"{noor.username} got an account")
    pages.follow(created, "See it as of then")
    expect(_state(console)).to_contain_text("Noor Haddad")
    expect(_state(console)).not_to_contain_text("Nour H.")

    # what is different now
    created = pages.event(console, f"{noor.username} got an account")
    pages.follow(created, "Compare with now")
    difference = console.get_by_role("region", name="What is different")
    expect(pages.change(difference, "Name").locator("ins")).to_have_text("Nour H.")
    expect(pages.change(difference, "Nickname").locator("ins")).to_have_text("Noor")

    # and back, with a reason
    pages.follow(console, "Restore this state")
    pages.heading(console, f"Restore {noor.username}?")
    expect(pages.change(console.locator("main"), "Name").locator("ins")).to_have_text("Noor Haddad")
    pages.press(console, "Restore this state")
    expect(console.get_by_role("alert")).to_contain_text("Enter a reason")
    pages.fill(console, Reason="A slip of the hand")
    pages.press(console, "Restore this state")
    expect(console.get_by_text(f"Restored {noor.username}")).to_be_visible()
    expect(_state(console)).to_contain_text("Noor Haddad")

    theirs.goto(f"{url}/account/profile")
    expect(theirs.get_by_label("Name", exact=True)).to_have_value("Noor Haddad")
    console.goto(f"{url}/admin/audit?subject={noor.id}&event=history.restored")
    expect(pages.event(console, "put back an earlier state of")).to_contain_text("A slip of the hand")


@pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)
def test_a_filter_becomes_a_view_and_a_file(
    live_portal: LivePortal, administrator: User, new_context: NewContext
) -> None:
    console = new_context(java_script_enabled=False).new_page()
    pages.sign_in(console, live_portal.url, administrator.email)
    console.goto(f"{live_portal.url}/admin/audit")
    console.get_by_text("More filters").click()
    console.get_by_label("Done by").select_option(label="A person")
    console.get_by_label("Action", exact=True).select_option(label="Signing in and out")
    pages.press(console, "Filter")
    expect(console.get_by_text("Done by: a person")).to_be_visible()
    pages.follow(console, "Save view")
    pages.fill(console, Name="People at the door")
    pages.press(console, "Save view")
    expect(console.get_by_text("Saved the view “People at the door”")).to_be_visible()
    console.goto(f"{live_portal.url}/admin/audit")
    pages.follow(console, "People at the door")
    expect(console.get_by_text("Done by: a person")).to_be_visible()
    pages.follow(console, "Export")
    pages.heading(console, "Export events")
    with console.expect_download() as download:
        pages.press(console, "Download")
    assert download.value.suggested_filename.endswith(".csv")
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("created_at,id,action")
    assert ",user.signed_in," in text
    assert ",user.created," not in text


def _state(page: Page) -> Locator:
    """The row as the page shows it, now or then."""
    return page.get_by_role("region", name=re.compile("^As it (is|was)$"))
