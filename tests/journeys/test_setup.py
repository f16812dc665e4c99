"""The first morning: from the link in the terminal to the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.journeys import pages
from tests.journeys.looks import wrong_with
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from tests.support.visits import StartPortal


def test_the_setup_link_makes_the_first_administrator_and_ends_with_it(
    start_portal: StartPortal, page: Page
) -> None:
    portal = start_portal()
    page.goto(portal.setup_link)
    pages.heading(page, "Create the first administrator")

    assert wrong_with(page) == []
    pages.fill(page, Name="Ada Byron", Email="ada@meridian.example", Password="ada")
    pages.press(page, "Create administrator")
    expect(page.get_by_role("alert")).to_contain_text("There is 1 thing to fix")
    expect(page).to_have_title("Error: Create the first administrator · Portal")

    pages.fill(page, Password=PASSWORD)
    pages.press(page, "Create administrator")
    pages.heading(page, "Dashboard")
    expect(page).to_have_url(f"{portal.url}/admin")
    expect(page.get_by_text("You are the first administrator")).to_be_visible()

    page.goto(portal.setup_link)
    expect(page.get_by_text("The first administrator has been created")).to_be_visible()
    pages.follow(page, "Sign in")
    pages.heading(page, "Hello, Ada Byron")
    assert portal.command("setup-link").startswith("There is an administrator already")
