"""Steps to pages about the past: saved views, and somebody's first moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from portal.audit.repository import AuditEntries, AuditFilter
from tests.journeys import pages
from tests.journeys.conftest import new_address

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def saved_view(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.live.url}/admin/audit/views/new?kind=apps")
    pages.fill(page, Name=new_address("view").partition("@")[0])
    pages.press(page, "Save view")
    page.goto(f"{scene.live.url}/admin/audit/views")


def edited_view(page: Page, scene: Scene) -> None:
    saved_view(page, scene)
    page.get_by_role("link", name=re.compile("^Edit ")).first.click()


def noor_then(more: str = "", page_name: str = "") -> Callable[[Scene], str]:
    """The history of somebody at the moment at which the account was made."""

    def where(scene: Scene) -> str:
        with scene.portal.reading() as session:
            first = AuditEntries(session).page(
                AuditFilter(subject_id=scene.noor.id, actions=("user.created",))
            )
        at = first.items[0].created_at.isoformat().replace("+00:00", "Z")
        return f"/admin/history/user/{scene.noor.id}{page_name}?at={at}{more}"

    return where
