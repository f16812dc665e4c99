"""Through sign-in and consent with the keyboard alone, seeing at each stop where one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import pages
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.support.live import LivePortal

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)

# Whoever has the focus, its ring (a card may wear it for its radio button), and whether it lies open to the eye.
STOP = """() => {
  const stop = document.activeElement;
  if (!stop || stop === document.body || stop === document.documentElement) return null;
  const ring = [stop, stop.closest(".choice")].some((element) => {
    const style = element && getComputedStyle(element);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const box = stop.getClientRects()[0];
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const inside = x >= 0 && y >= 0 && x <= innerWidth && y <= innerHeight;
  const order = [...document.querySelectorAll("*")].indexOf(stop);
  const name = (stop.labels?.[0] ?? stop).textContent.trim().replace(/\\s+/g, " ");
  return {name, ring, open: inside && (stop.contains(top) || top?.contains(stop)), order};
}"""
MOST_STOPS = 60


@dataclass(frozen=True)
class Stop:
    """Where the focus is."""

    name: str
    ring: bool
    open: bool
    order: int


def stop_of(page: Page) -> Stop | None:
    found = page.evaluate(STOP)
    return Stop(**found) if found else None


def walk(page: Page) -> list[Stop]:
    """Tab through the whole page, once; every stop can be seen, and they come in the order of the page."""
    page.evaluate(
        "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
    )
    stops: list[Stop] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = stop_of(page)
        if stop is None:
            break
        stops.append(stop)
    assert [stop.name for stop in stops if not (stop.ring and stop.open)] == []
    assert [stop.order for stop in stops] == sorted({stop.order for stop in stops})
    return stops


def tab_to(page: Page, name: str) -> None:
    """Tab until the focus is there, and be able to see it."""
    for _ in range(MOST_STOPS):
        stop = stop_of(page)
        if stop is not None and stop.name == name:
            assert stop.ring and stop.open  # noqa: PT018 - seen is both
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {name}")


def test_sign_in_and_consent_need_no_mouse(kestrel: str, somebody: Callable[[str], User], page: Page) -> None:
    jonas = somebody("Jonas Lindqvist")
    page.goto(kestrel)
    page.get_by_role("link", name="Sign in with the portal").press("Enter")

    pages.heading(page, "Sign in")
    expect(page.get_by_label("Email or username")).to_be_focused()
    names = [stop.name for stop in walk(page)]
    assert names[0] == "Skip to main content"
    assert {"Email or username", "Continue", "Create an account"} <= set(names)
    tab_to(page, "Email or username")
    page.keyboard.type(jonas.email)
    page.keyboard.press("Enter")

    pages.heading(page, "Enter your password")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    names = [stop.name for stop in walk(page)]
    assert {"Change account", "Forgot password?", "Password", "Show password", "Sign in"} <= set(names)
    tab_to(page, "Password")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()  # what is wrong is read first
    tab_to(page, "That email and password don't match. Check both and try again.")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    pages.heading(page, re.compile("wants access to your"))
    names = [stop.name for stop in walk(page)]
    assert names.index("Don't allow") < names.index("Allow access")
    tab_to(page, "Allow access")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed in as Jonas Lindqvist")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_console_is_walked_by_tab_and_its_menus_by_enter_and_escape(
    live_portal: LivePortal, administrator: User, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    pages.sign_in(page, live_portal.url, administrator.email)
    for path in ("/admin/users", "/admin/apps/new", "/admin/audit"):
        page.goto(live_portal.url + path)
        assert len(walk(page)) > 8
    tab_to(page, "ABYour menu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    tab_to(page, "Sign out")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    stop = stop_of(page)
    assert stop is not None
    assert stop.name == "ABYour menu"
