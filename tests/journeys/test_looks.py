"""Every page, light and dark, on a phone and on a desk: usable by everybody, and nothing is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.inventory import INVENTORY, NO_PAGES
from tests.journeys.looks import wrong_with
from tests.journeys.scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)


@pytest.mark.parametrize("name", INVENTORY)
def test_nobody_is_shut_out_by_the_look_of(name: str, scene: Scene, empty_window: Page) -> None:
    sight, page = INVENTORY[name], empty_window
    if sight.who != "nobody":
        scene.let_in(page.context, sight.who)
    page.goto(scene.live.url + sight.path(scene))
    sight.steps(page, scene)
    expect(page.get_by_role("heading", level=1)).to_contain_text(sight.heading)
    assert shown_by(scene, page) == name.partition(":")[0]
    assert wrong_with(page) == []


def test_every_page_is_in_the_inventory(scene: Scene) -> None:
    pages = {rule.endpoint for rule in scene.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {name.partition(":")[0] for name in INVENTORY} == pages - NO_PAGES


def shown_by(scene: Scene, page: Page) -> str:
    """The endpoint of the page's address."""
    path = page.url.removeprefix(scene.live.url).partition("?")[0]
    endpoint, _ = scene.app.url_map.bind("localhost").match(path)
    return str(endpoint)
