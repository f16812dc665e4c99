"""The pages about signing keys, for the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys import pages
from tests.journeys.sights import Sight

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def _revoking(page: Page, _scene: Scene) -> None:
    page.get_by_role("link", name="Revoke ES256").first.click()


def _brought_nonsense(page: Page, _scene: Scene) -> None:
    page.get_by_label("Private key").fill("-----BEGIN PUBLIC KEY-----")
    pages.press(page, "Import key")


KEYS: Final[dict[str, Sight]] = {
    "admin_keys.listing": Sight("ada", "Signing keys", "/admin/keys"),
    "admin_keys.rotate": Sight("ada", "Rotate ES256 now?", "/admin/keys/rotate/ES256"),
    "admin_keys.revoke": Sight("ada", "Revoke this ES256 key?", "/admin/keys", _revoking),
    "admin_keys.bring": Sight("ada", "Import a key", "/admin/keys/import"),
    "admin_keys.bring: none": Sight("ada", "Import a key", "/admin/keys/import", _brought_nonsense),
}
