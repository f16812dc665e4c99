"""What it is to look at a page: who does, where, after which steps, and what it is called then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.journeys import pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene

Who = Literal["nobody", "maya", "devon", "ada"]
Where = str | Callable[["Scene"], str]
Steps = Callable[["Page", "Scene"], None]


def nothing(_page: Page, _scene: Scene) -> None:
    """Most pages are looked at as they come."""


@dataclass(frozen=True)
class Sight:
    """One page in one state."""

    who: Who
    heading: str
    where: Where
    steps: Steps = nothing

    def path(self, scene: Scene) -> str:
        return self.where if isinstance(self.where, str) else self.where(scene)


def pressed(*names: str) -> Steps:
    """Sent as it is, which is empty."""

    def steps(page: Page, _scene: Scene) -> None:
        for name in names:
            pages.press(page, name)

    return steps
