"""Somebody guesses passwords; the owner of the account is not the one who suffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from portal.infra.settings import Settings
from tests.journeys import pages
from tests.journeys.conftest import NewContext

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.support.live import LivePortal

GUESSES = Settings.model_fields["lockout_failures"].default


def test_guesses_lock_strangers_out_while_the_owner_comes_in_and_recovers(
    live_portal: LivePortal, somebody: Callable[[str], User], new_context: NewContext
) -> None:
    maya = somebody("Maya Okafor")
    home = new_context().new_page()
    pages.sign_in(home, live_portal.url, maya.email)
    pages.sign_out(home)

    elsewhere = new_context().new_page()
    elsewhere.goto(f"{live_portal.url}/login")
    pages.answer_sign_in(elsewhere, maya.email, "not her password 0")
    for number in range(1, GUESSES):
        expect(elsewhere.get_by_role("alert")).to_contain_text("don't match")
        pages.give_password(elsewhere, f"not her password {number}")
    expect(elsewhere.get_by_role("alert")).to_contain_text("Too many wrong passwords. Wait 30 seconds")
    pages.give_password(elsewhere)
    expect(elsewhere.get_by_role("alert")).to_contain_text("Too many wrong passwords. Wait")

    # a browser that she has signed in with before is not kept waiting
    pages.sign_in(home, live_portal.url, maya.email)

    pages.recover(elsewhere, live_portal.post, maya.email, "seven otters in a teapot")
    pages.heading(elsewhere, "Hello, Maya Okafor")

    # who was signed in under the old password is so no longer
    home.reload()
    pages.heading(home, "Sign in")
    pages.answer_sign_in(home, maya.email)
    expect(home.get_by_role("alert")).to_contain_text("don't match")
    pages.give_password(home, "seven otters in a teapot")
    pages.heading(home, "Hello, Maya Okafor")
