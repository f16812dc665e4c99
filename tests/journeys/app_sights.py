"""The console's pages about one app and about tokens, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys import pages
from tests.journeys.sights import Sight, Where

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def _app(page_name: str) -> Where:
    return lambda scene: f"/admin/apps/{scene.kestrel.id}{page_name}"


def _compared(page: Page, _scene: Scene) -> None:
    page.get_by_label("Address").fill("https://kestrel.example/Callback/?x=1")
    pages.press(page, "Compare")


def _simulated(page: Page, scene: Scene) -> None:
    page.get_by_label("Username or email").fill(scene.devon.email)
    pages.press(page, "Simulate")


def _mistaken(page: Page, _scene: Scene) -> None:
    page.get_by_label("Assertion under its own key").check()
    pages.press(page, "Save settings")


def _departed(page: Page, _scene: Scene) -> None:
    page.get_by_role("textbox", name="Access tokens").fill("300")
    pages.press(page, "Save settings")


def _pasted(page: Page, _scene: Scene) -> None:
    page.get_by_label("Token").fill("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXlhIiwiZXhwIjoxfQ.")
    pages.press(page, "Inspect")


APPS: Final[dict[str, Sight]] = {
    "admin_clients.protocol": Sight("ada", "Kestrel CI", _app("/settings/sign-in")),
    "admin_clients.protocol: proof, with a mistake": Sight(
        "ada", "Kestrel CI", _app("/settings/proof"), _mistaken
    ),
    "admin_clients.protocol: tokens": Sight("ada", "Kestrel CI", _app("/settings/tokens")),
    "admin_clients.protocol: lifetimes, changed": Sight(
        "ada", "Kestrel CI", _app("/settings/lifetimes"), _departed
    ),
    "admin_clients.preset": Sight("ada", "Kestrel CI", _app("/settings/preset")),
    "admin_clients.redirects": Sight("ada", "Kestrel CI", _app("/redirects")),
    "admin_clients.redirects: compared": Sight("ada", "Kestrel CI", _app("/redirects"), _compared),
    "admin_clients.simulation": Sight("ada", "Kestrel CI", _app("/simulation")),
    "admin_clients.simulation: answered": Sight("ada", "Kestrel CI", _app("/simulation"), _simulated),
    "admin_clients.statistics": Sight("ada", "Kestrel CI", _app("/statistics")),
    "admin_tokens.inspect": Sight("ada", "Inspect a token", "/admin/tokens"),
    "admin_tokens.inspect: found": Sight("ada", "Inspect a token", "/admin/tokens", _pasted),
}
