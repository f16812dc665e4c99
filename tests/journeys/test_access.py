"""An operator changes what a role permits and sees first whom it concerns; the condition is built without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.access.repository import Permissions
from tests.journeys import pages
from tests.journeys.conftest import NewContext
from tests.support.granted import Granted, grant_everything

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal


def permitted(inside: Portal, granted: Granted) -> dict[str, object]:
    """By action; the role speaks of one resource only."""
    with inside.reading() as session:
        return {one.action: one.conditions for one in Permissions(session).of_role(granted.role_id)}


@pytest.mark.parametrize("live_portal", ["postgresql"], indirect=True)
def test_a_role_is_changed_after_seeing_who_gains_and_who_loses(
    live_portal: LivePortal,
    inside: Portal,
    administrator: User,
    somebody: Callable[[str], User],
    new_context: NewContext,
) -> None:
    noor = somebody("Noor Haddad")
    granted = grant_everything(inside, noor.id)
    console = new_context().new_page()
    pages.sign_in(console, live_portal.url, administrator.email)

    console.goto(f"{live_portal.url}/admin/roles/{granted.role_id}")
    pages.follow(console, "Permissions")
    console.goto(f"{live_portal.url}/admin/roles/{granted.role_id}/permissions?type=service&q=wiki-")
    row = console.get_by_role("row").filter(has=console.locator(f'[value="{granted.resource_id}"]'))
    row.get_by_label("read wiki").uncheck()
    row.get_by_label("admin wiki").check()
    expect(row.get_by_text("by admin").first).to_be_visible()
    pages.press(console, "Preview the change")

    pages.heading(console, "Change what")
    expect(console.get_by_role("status").filter(has_text="Gain")).to_contain_text("1 person")
    gained = console.get_by_role("listitem").filter(has_text="update wiki")
    expect(gained.get_by_role("link", name="Noor Haddad")).to_be_visible()
    pages.press(console, "Back")
    expect(row.get_by_label("admin wiki")).to_be_checked()
    expect(row.get_by_label("read wiki")).not_to_be_checked()
    assert list(permitted(inside, granted)) == ["read"]
    pages.press(console, "Preview the change")
    pages.press(console, "Save")
    expect(console.get_by_text("Saved what it permits")).to_be_visible()
    assert permitted(inside, granted) == {"admin": None}

    # and the log tells it to everybody who asks later
    console.goto(f"{live_portal.url}/admin/roles/{granted.role_id}")
    pages.event(console, "changed what the role editor")


@pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)
def test_a_condition_is_built_without_a_script(
    live_portal: LivePortal,
    inside: Portal,
    administrator: User,
    somebody: Callable[[str], User],
    new_context: NewContext,
) -> None:
    granted = grant_everything(inside, somebody("Noor Haddad").id)
    console = new_context(java_script_enabled=False).new_page()
    pages.sign_in(console, live_portal.url, administrator.email)

    console.goto(f"{live_portal.url}/admin/roles/{granted.role_id}/permissions?type=service&q=wiki-")
    row = console.get_by_role("row").filter(has=console.locator(f'[value="{granted.resource_id}"]'))
    row.get_by_role("link").first.click()
    builder = console.locator("form", has=console.locator("#match-0"))
    console.get_by_label("Add", exact=True).select_option(label="time of day")
    pages.press(console, "Add comparison")
    second = console.get_by_role("group", name="Comparison 2")
    second.get_by_label("Compared by").select_option(label="is between")
    builder.get_by_role("button", name="Preview the change").last.click()
    expect(console.get_by_role("alert")).to_contain_text("to fix")
    expect(second).to_contain_text("Give a time of day like 08:30 here.")
    second.get_by_label("Value of comparison 2, from").fill("08:00")
    second.get_by_label("Value of comparison 2, to").fill("18:00")
    second.get_by_label("Time zone").fill("Europe/Berlin")
    builder.get_by_role("button", name="Preview the change").last.click()

    pages.heading(console, "Change what")
    expect(console.get_by_text("under another condition than before")).to_be_visible()
    pages.press(console, "Save")
    pages.heading(console, "editor")
    assert permitted(inside, granted) == {
        "read": {
            "all": [
                {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]},
                {
                    "attribute": "context.time",
                    "operator": "between",
                    "value": ["08:00", "18:00"],
                    "timezone": "Europe/Berlin",
                },
            ]
        }
    }
