"""What a first visit costs on the line: everything that the browser fetches, as it is transferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import NewContext
from tests.journeys.inventory import INVENTORY
from tests.journeys.scene import Scene
from tests.support.people import add_person

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from portal.bootstrap import Portal

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)

SIGN_IN_BYTES = 40_000
CONSOLE_BYTES = 110_000

FULL_PAGE = 50

CONSOLE = (
    "admin_dashboard.index",
    "admin_users.listing",
    "admin_users.detail",
    "admin_clients.connect",
    "admin_audit.listing",
)


@pytest.fixture(scope="module")
def crowd(inside: Portal, scene: Scene) -> None:
    """Enough people that the console's lists are full, and enough that happened for the log to be so."""
    for number in range(FULL_PAGE):
        add_person(inside, f"crowd-{number}@meridian.example", name=f"Amara Nair {number}")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("login.identifier", SIGN_IN_BYTES),
        ("login.identifier: to an app", SIGN_IN_BYTES),
        *((name, CONSOLE_BYTES) for name in CONSOLE),
    ],
)
def test_a_first_visit_is_light(
    name: str, limit: int, scene: Scene, crowd: None, new_context: NewContext
) -> None:
    sight, context = INVENTORY[name], new_context()
    if sight.who != "nobody":
        scene.let_in(context, sight.who)
    page = context.new_page()
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    page.goto(scene.live.url + sight.path(scene))
    page.wait_for_load_state("networkidle")
    sizes = {request.url.removeprefix(scene.live.url): request.sizes() for request in finished}
    weights = {path: size["responseHeadersSize"] + size["responseBodySize"] for path, size in sizes.items()}
    assert any(path.startswith("/static/css/") for path in weights)
    assert sum(weights.values()) <= limit, weights
