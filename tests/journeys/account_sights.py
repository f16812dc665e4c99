"""One's own pages, and those for people who write programs, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys import pages
from tests.journeys.sights import Sight, pressed

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def opened_menu(page: Page, _scene: Scene) -> None:
    pages.open_menu(page)


def opened_details(page: Page, _scene: Scene) -> None:
    page.locator("details").evaluate_all("found => found.slice(0, 5).forEach((one) => { one.open = true; })")


ACCOUNT: Final[dict[str, Sight]] = {
    # one's own account
    "account.overview": Sight("maya", "Hello, Maya Okafor", "/account"),
    "account.overview: menu": Sight("ada", "Hello, Ada Byron", "/account", opened_menu),
    "account.profile": Sight("maya", "Profile", "/account/profile"),
    "account.security": Sight("maya", "Security", "/account/security"),
    "account.password": Sight("maya", "Change password", "/account/password"),
    "account.password: empty": Sight(
        "maya", "Change password", "/account/password", pressed("Change password")
    ),
    "account.email": Sight("maya", "Change email address", "/account/email"),
    "account.email: empty": Sight("maya", "Change email address", "/account/email", pressed("Send the link")),
    "account.confirm_email": Sight(
        "maya", "Use this address from now on?", lambda scene: scene.mailed_email_change(scene.maya)
    ),
    "account.confirm_email: gone": Sight("maya", "This link no longer works", "/account/email/nothing"),
    "account.sessions": Sight("maya", "Sessions", "/account/sessions"),
    "account.apps": Sight("maya", "Connected apps", "/account/apps"),
    "account.apps: none": Sight("devon", "Connected apps", "/account/apps"),
    # the API, for people who write programs
    "api.reference": Sight("nobody", "API", "/api/docs"),
    "api.reference_of_room": Sight("nobody", "Sign-in", "/api/docs/sign-in", opened_details),
}
