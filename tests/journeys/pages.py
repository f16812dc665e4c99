"""What people do on the portal's pages, in their words: labels, buttons and links, never ids or addresses inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.support.post import PostOffice


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for the page with this heading."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()


def press(page: Page | Locator, text: str) -> None:
    """A button, by its whole name."""
    page.get_by_role("button", name=text, exact=True).click()


def follow(page: Page | Locator, text: str) -> None:
    """A link, by its whole name."""
    page.get_by_role("link", name=text, exact=True).click()


def fill(page: Page, **fields: str) -> None:
    """`fill(page, Name="Maya", Email="…")`: fields by their labels, with _ for a space."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


# ------------------------------------------------------------------------------------------------- coming and going


def sign_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    """From the front door."""
    page.goto(f"{url}/login")
    answer_sign_in(page, email, password)
    heading(page, re.compile("^Hello"))


def answer_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Both steps, from wherever the first one was asked."""
    fill(page, Email_or_username=email)
    press(page, "Continue")
    give_password(page, password)


def give_password(page: Page, password: str = PASSWORD) -> None:
    fill(page, Password=password)
    press(page, "Sign in")


def sign_up(page: Page, name: str, email: str, password: str = PASSWORD) -> None:
    """From any page that offers it, up to the wait for the mail."""
    follow(page, "Create an account")
    fill(page, Name=name, Email=email, Password=password)
    press(page, "Create account")
    heading(page, "Check your inbox")


def recover(page: Page, post: PostOffice, email: str, new_password: str) -> None:
    """From the password page: ask for the mail, use its link, sign in with the new password."""
    so_far = len(post.to(email))
    follow(page, "Forgot password?")
    fill(page, Email=email)
    press(page, "Send the link")
    heading(page, "Check your inbox")
    page.goto(mailed_link(post, email, count=so_far + 1))
    fill(page, New_password=new_password)
    press(page, "Change password")
    expect(page.get_by_text("Your password is changed. Sign in with it")).to_be_visible()
    give_password(page, new_password)


def open_menu(page: Page) -> None:
    press(page, "Your menu")


def sign_out(page: Page) -> None:
    open_menu(page)
    press(page, "Sign out")
    expect(page.get_by_text("You are signed out")).to_be_visible()


# -------------------------------------------------------------------------------------------------------------- mail


def mailed_code(post: PostOffice, email: str, *, count: int = 1) -> str:
    """The six digits of the newest mail."""
    return _found(r"\b(\d{6})\b", _text(post, email, count))


def mailed_link(post: PostOffice, email: str, *, count: int = 1) -> str:
    """The first address in the newest mail."""
    return _found(r"(https?://\S+)", _text(post, email, count))


def _text(post: PostOffice, email: str, count: int) -> str:
    part = post.wait_for(email, count=count).get_body(("plain",))
    return "" if part is None else str(part.get_content())


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise LookupError(f"nothing like {pattern} in:\n{text}")
    return found[1]


# -------------------------------------------------------------------------------------------------------------- apps


def register_app(page: Page, url: str, name: str, callback: str, *, audience: str) -> dict[str, str]:
    """From the console's list of apps; the settings that the last page offers to copy."""
    page.goto(f"{url}/admin/apps")
    page.get_by_role("link", name="Register an app").first.click()
    fill(page, Name=name, Redirect_URIs=callback)
    page.get_by_label("Sign-out addresses").fill(callback.replace("/callback", "/left"))
    page.get_by_role("radio", name=audience).check()
    press(page, "Register app")
    heading(page, name)
    settings = page.get_by_role("region", name="As environment variables").inner_text()
    return dict(line.split("=", 1) for line in settings.splitlines())


def allow(page: Page) -> None:
    """The consent page's yes."""
    heading(page, re.compile("wants access to your"))
    press(page, "Allow access")


def event(page: Page, sentence: str) -> Locator:
    """An entry of the audit log, opened."""
    entry = page.locator("details.event", has_text=sentence).first
    entry.locator("summary").click()
    return entry


def change(entry: Locator, field: str) -> Locator:
    """The line of an entry's diff that tells of this field."""
    return entry.get_by_role("row").filter(has=entry.page.get_by_role("rowheader", name=field, exact=True))
