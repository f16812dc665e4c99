"""Somebody is refused, reads why, and passes on the reference; an operator opens it and mends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from portal.access.services import assign_role
from portal.infra.actor import CLI
from tests.journeys import pages
from tests.journeys.conftest import NewContext

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal


def test_a_refusal_leads_to_its_reasons_and_these_to_the_way_in(
    live_portal: LivePortal,
    inside: Portal,
    administrator: User,
    somebody: Callable[[str], User],
    new_context: NewContext,
) -> None:
    noor = somebody("Noor Haddad")
    theirs, console = new_context().new_page(), new_context().new_page()
    pages.sign_in(theirs, live_portal.url, noor.email)
    pages.sign_in(console, live_portal.url, administrator.email)

    theirs.goto(f"{live_portal.url}/admin/users")
    pages.heading(theirs, "You can't open this")
    found = re.search(r"req_[0-9a-f]{20}", theirs.locator("main").inner_text())
    assert found is not None
    expect(theirs.get_by_role("link", name="Ask for access")).to_be_visible()
    pages.follow(theirs, "Why?")
    pages.heading(theirs, "Why?")
    expect(theirs.get_by_text("You may not read user").first).to_be_visible()
    expect(theirs.get_by_text("No role of yours permits it.").first).to_be_visible()

    console.goto(f"{live_portal.url}/admin/explain")
    console.get_by_label("Reference").fill(found[0])
    pages.press(console, "Open")
    pages.heading(console, f"{noor.username} was refused user:read")
    expect(console.get_by_text("Hold the role auditor")).to_be_visible()

    with inside.unit_of_work(CLI) as uow:
        assign_role(uow, "auditor", to=noor.ref, reason="asked for it by the reference")
    console.reload()
    expect(console.get_by_text(f"{noor.username} may read user")).to_be_visible()
    expect(console.get_by_text("By the role auditor.")).to_be_visible()
    theirs.goto(f"{live_portal.url}/admin/users")
    pages.heading(theirs, "Users")
