"""The console's pages about one app and about tokens, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.journeys import pages
from tests.journeys.sights import Sight, Where, pressed
from tests.oauth.leaving import sign_out_here
from tests.oauth.steps import sign_in_to
from tests.support.people import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene

COMING: Final = "Apps that register themselves"
INITIAL: Final = "/admin/apps/initial-access-tokens"


def _app(page_name: str) -> Where:
    return lambda scene: f"/admin/apps/{scene.kestrel.id}{page_name}"


def _compared(page: Page, _scene: Scene) -> None:
    page.get_by_label("Address", exact=True).fill("https://kestrel.example/Callback/?x=1")
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


def _lineage(page: Page, scene: Scene) -> None:
    page.get_by_label("Token").fill(scene.tokens(scene.kestrel, scene.maya)["access_token"])
    pages.press(page, "Inspect")


def _made(page: Page, _scene: Scene) -> None:
    pages.fill(page, What_it_is_for="Pipeline")
    pages.press(page, "Create token")


def _refused(page: Page, scene: Scene) -> None:
    """An app with everything that can be wrong with one."""
    heron = scene.register(
        "Heron Docs",
        columns={"is_vouched": False, "registered_by": "dynamic"},
        switches={"backchannel_logout_uri": "https://heron.invalid/left"},
    )
    scene.app.test_client().get(scene.request(heron, redirect_uri="https://kestrel.example/Callback/"))
    page.goto(f"{scene.live.url}/admin/apps/{heron.id}")


def _of_keys(page: Page, scene: Scene) -> None:
    bank = scene.register("Bank", kind="fapi2", redirect_uris=["https://bank.example/callback"])
    page.goto(f"{scene.live.url}/admin/apps/{bank.id}/connect")


def _told_of_sign_outs(page: Page, scene: Scene) -> None:
    heron = scene.register(
        "Heron Docs",
        columns={"require_consent": False},
        switches={"backchannel_logout_uri": "https://heron.invalid/left"},
    )
    visitor = sign_in(scene.app.test_client(), scene.portal, scene.devon)
    sign_in_to(visitor, scene.side_of(heron))
    sign_out_here(visitor)
    page.goto(f"{scene.live.url}/admin/apps/{heron.id}/logouts")
    expect(page.get_by_role("row").filter(has_text="Devon Reyes")).to_be_visible()


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
    "admin_clients.logouts": Sight("ada", "Kestrel CI", _app("/logouts")),
    "admin_clients.logouts: told": Sight("ada", "Heron Docs", "/admin/apps", _told_of_sign_outs),
    "admin_clients.listing: unverified": Sight("ada", "Apps", "/admin/apps?state=unverified"),
    "admin_clients.detail: unverified, refused": Sight("ada", "Heron Docs", "/admin/apps", _refused),
    "admin_clients.connect: by keys": Sight("ada", "Bank", "/admin/apps", _of_keys),
    "admin_clients.admissions": Sight("ada", COMING, INITIAL),
    "admin_clients.admissions: empty": Sight("ada", COMING, INITIAL, pressed("Create token")),
    "admin_clients.admissions: made": Sight("ada", COMING, INITIAL, _made),
    "admin_clients.protocol: logout": Sight("ada", "Kestrel CI", _app("/settings/logout")),
    "admin_tokens.inspect: with its lineage": Sight("ada", "Inspect a token", "/admin/tokens", _lineage),
    "admin_tokens.inspect: found": Sight("ada", "Inspect a token", "/admin/tokens", _pasted),
}
