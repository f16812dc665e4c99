"""People come from a file, and are dealt with together: first what would happen is shown, then how it went for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from portal.accounts.repository import Users
from tests.journeys import pages
from tests.journeys.conftest import NewContext
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal


def stored(inside: Portal, *addresses: str) -> list[User | None]:
    with inside.reading() as session:
        return [Users(session).by_email(address) for address in addresses]


def search(console: Page, text: str, *, runs_scripts: bool) -> None:
    """With a script the list follows what is typed, and the address says it and nothing else."""
    console.get_by_label("Name, username or email").press_sequentially(text)
    if not runs_scripts:
        pages.press(console, "Filter")
    expect(console.get_by_role("row")).to_have_count(3)
    if runs_scripts:
        expect(console).to_have_url(re.compile(rf"/admin/users\?q={re.escape(text)}$"))


def finished(console: Page, *, runs_scripts: bool) -> None:
    """With a script the page of a job looks again by itself; without one, somebody does."""

    def is_over() -> bool:
        if not runs_scripts:
            console.reload()
        return console.get_by_role("link", name="Refresh").count() == 0

    wait_until(is_over, what="end of the job", seconds=20)
    expect(console.get_by_role("link", name="Results")).to_be_visible()


@pytest.mark.parametrize(
    ("live_portal", "runs_scripts"), [("postgresql", True), ("sqlite", False)], indirect=["live_portal"]
)
def test_people_from_a_file_are_looked_at_taken_in_and_shut_out_together(
    live_portal: LivePortal,
    inside: Portal,
    administrator: User,
    new_context: NewContext,
    tmp_path: Path,
    runs_scripts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    house = f"h{uuid4().hex[:8]}"
    aiko, samir = f"aiko@{house}.example", f"samir@{house}.example"
    file = tmp_path / "people.csv"
    file.write_text(
        f"email,name,attributes.department\n{aiko},Aiko Tanaka,Research\nnobody,No Address,\n{samir},Samir Patel,\n"
    )
    console = new_context(java_script_enabled=runs_scripts).new_page()
    pages.sign_in(console, live_portal.url, administrator.email)

    console.goto(f"{live_portal.url}/admin/users")
    pages.follow(console, "Import")
    console.get_by_label("CSV file").set_input_files(file)
    console.get_by_label("Mail everybody a link to set a password").check()
    pages.press(console, "Check the file")
    pages.heading(console, "What would happen")
    wrong = console.get_by_role("row").filter(has_text="No Address")
    expect(wrong).to_contain_text("Problem")
    expect(wrong).to_contain_text("email")
    assert stored(inside, aiko, samir) == [None, None], "nothing happens before somebody says so"
    pages.press(console, "Import 2 people")
    pages.heading(console, "Import people")
    finished(console, runs_scripts=runs_scripts)
    expect(console.get_by_role("row").filter(has_text=aiko)).to_contain_text("Got an account")
    assert [person.attributes for person in stored(inside, aiko, samir) if person] == [
        {"department": "Research"},
        None,
    ]
    assert pages.mailed_link(live_portal.post, aiko).startswith(live_portal.url)

    pages.follow(console, "Back to users")
    search(console, house, runs_scripts=runs_scripts)
    pages.follow(console, "Select all on this page")
    expect(console.get_by_role("checkbox", name="Select Aiko Tanaka")).to_be_checked()
    pages.press(console, "Disable")
    pages.heading(console, "Disable 2 people?")
    expect(console.get_by_role("listitem").filter(has_text=samir)).to_be_visible()
    pages.press(console, "Disable")
    expect(console.get_by_role("alert").first).to_contain_text("to fix")
    assert [person.is_active for person in stored(inside, aiko, samir) if person] == [True, True]
    pages.fill(console, Reason="The office closes")
    pages.press(console, "Disable")
    pages.heading(console, "Disable people")
    finished(console, runs_scripts=runs_scripts)
    expect(console.get_by_role("row").filter(has_text=samir)).to_contain_text("Disabled")
    assert [person.is_active for person in stored(inside, aiko, samir) if person] == [False, False]
    console.goto(f"{live_portal.url}/admin/audit?q={aiko}&kind=people")
    expect(pages.event(console, "disabled aiko")).to_contain_text("The office closes")
