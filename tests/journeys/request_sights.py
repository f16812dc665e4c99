"""The pages about asking for access and looking again at it, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys.sights import Sight, Where, pressed

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def _review(page_name: str = "") -> Where:
    return lambda scene: f"/admin/reviews/{scene.asked.review_id}{page_name}"


def _request(scene: Scene) -> str:
    return f"/admin/requests/{scene.asked.open_id}"


def _ticked(page: Page, _scene: Scene) -> None:
    page.locator("tbody").get_by_role("checkbox").first.check()


REQUESTS: Final[dict[str, Sight]] = {
    "access_requests.mine": Sight("maya", "Access requests", "/account/requests"),
    "access_requests.mine: for others": Sight("devon", "Access requests", "/account/requests"),
    "access_requests.new": Sight("devon", "Ask for access", "/account/requests/new"),
    "access_requests.new: none": Sight("maya", "Ask for access", "/account/requests/new?q=nothing-like-that"),
    "access_requests.new: chosen": Sight(
        "maya", "Ask for access", lambda scene: f"/account/requests/new?thing=role:{scene.asked.role_id}",
        pressed("Send request"),
    ),
    "access_requests.new: to an app": Sight(
        "maya", "Ask for access", lambda scene: f"/account/requests/new?client={scene.ledger.client_id}"
    ),
    "admin_requests.listing": Sight("ada", "Requests", "/admin/requests"),
    "admin_requests.listing: answered": Sight("devon", "Requests", "/admin/requests?state=answered"),
    "admin_requests.detail": Sight("ada", "asks for On call", _request),
    "admin_requests.detail: answered": Sight(
        "devon", "asks for Night watch", lambda scene: f"/admin/requests/{scene.asked.refused_id}"
    ),
    "admin_reviews.listing": Sight("ada", "Reviews", "/admin/reviews"),
    "admin_reviews.listing: one's own": Sight("devon", "Reviews", "/admin/reviews?state=open"),
    "admin_reviews.new": Sight("ada", "Start a review", "/admin/reviews/new", pressed("Start review")),
    "admin_reviews.detail": Sight("devon", "Review of Release manager", _review(), _ticked),
    "admin_reviews.detail: finished": Sight(
        "ada", "Review of Beta tester", lambda scene: f"/admin/reviews/{scene.asked.finished_id}"
    ),
    "admin_reviews.finish": Sight("ada", "Finish the review", _review("/finish")),
}  # fmt: skip
