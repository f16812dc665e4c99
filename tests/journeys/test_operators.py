"""An operator shuts somebody out, and everybody can read later who did it, why, and what it was before."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.journeys import pages
from tests.journeys.conftest import NewContext

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.support.live import LivePortal


def test_a_disabled_person_is_out_at_once_and_the_log_keeps_the_reason(
    live_portal: LivePortal, administrator: User, somebody: Callable[[str], User], new_context: NewContext
) -> None:
    noor = somebody("Noor Haddad")
    theirs, console = new_context().new_page(), new_context().new_page()
    pages.sign_in(theirs, live_portal.url, noor.email)
    pages.sign_in(console, live_portal.url, administrator.email)

    console.goto(f"{live_portal.url}/admin/users")
    search = console.get_by_label("Name, username or email")
    search.press_sequentially(noor.email)
    expect(console.get_by_role("row")).to_have_count(2)
    expect(search).to_be_focused()  # who types goes on typing
    expect(console).to_have_url(re.compile(rf"/admin/users\?q={re.escape(noor.email.replace('@', '%40'))}$"))
    pages.follow(console, "Noor Haddad")
    pages.follow(console, "Disable")
    pages.press(console, "Disable account")
    expect(console.get_by_role("alert")).to_contain_text("There is 1 thing to fix")
    pages.fill(console, Reason="Left the company")
    pages.press(console, "Disable account")
    expect(console.get_by_text("Noor Haddad is disabled")).to_be_visible()
    expect(console.get_by_text("This account is disabled")).to_be_visible()

    theirs.reload()
    pages.heading(theirs, "Sign in")
    pages.answer_sign_in(theirs, noor.email)
    expect(theirs.get_by_role("alert")).to_contain_text("This account is disabled")

    entry = pages.event(console, f"disabled {noor.username}")
    expect(pages.change(entry, "Active").locator("del")).to_have_text("yes")
    expect(pages.change(entry, "Active").locator("ins")).to_have_text("no")
    expect(entry).to_contain_text("Left the company")
    pages.follow(entry, "This entry")

    # the entry has an address of its own, which tells a colleague the same
    pages.heading(console, f"{administrator.username} disabled {noor.username}")
    permalink = console.url
    console.goto(f"{live_portal.url}/admin/audit?kind=people&q={noor.username}")
    pages.event(console, f"disabled {noor.username}").get_by_role("link", name="This entry").click()
    expect(console).to_have_url(permalink)
    expect(pages.change(console.locator("main"), "Active")).to_contain_text("yes")
    expect(console.get_by_role("definition").filter(has_text="Left the company").first).to_be_visible()
    console.get_by_text("The whole entry as JSON").click()
    expect(console.get_by_role("region", name="Entry")).to_contain_text(
        '"disabled_reason": "Left the company"'
    )
