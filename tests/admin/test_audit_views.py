"""Filters of the log under a name: one's own, and those that are shared."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from portal.audit.repository import AuditEntries, SavedViews
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from uuid import UUID

NEW = "/admin/audit/views/new?kind=sign-ins&outcome=failure&period=7"


def saved(operator: Operator, name: str = "Failed sign-ins", **fields: str) -> UUID:
    """The id of a view that this operator has just saved."""
    assert operator.send(NEW, {"name": name, **fields}).status_code == 303
    with operator.portal.reading() as session:
        view = SavedViews(session).named(name, owner_id=operator.person.id)
        assert view is not None
        return view.id


def test_a_filter_is_saved_opened_and_deleted(maya: Operator) -> None:
    listing = maya.page("/admin/audit?kind=sign-ins&outcome=failure&period=7")
    link = re.search(r'href="(/admin/audit/views/new[^"]+)"', listing)
    assert link is not None
    form = shown(maya.page(unescape(link[1])))
    assert "Failed · Last 7 days" in form
    view = saved(maya)
    opened = maya.get(f"/admin/audit/views/{view}")
    assert opened.status_code == 303
    assert opened.location == "/admin/audit?kind=sign-ins&outcome=failure&period=7"
    assert "Failed sign-ins" in shown(maya.page("/admin/audit"))
    assert "Signing in and out · Failed · Last 7 days" in shown(maya.page("/admin/audit/views"))
    gone = maya.send(f"/admin/audit/views/{view}/delete", seen_on="/admin/audit/views")
    assert gone.status_code == 303
    assert "No saved views yet" in maya.page("/admin/audit/views")
    with maya.portal.reading() as session:
        told = [entry.action for entry in AuditEntries(session).page(size=2).items]
    assert told == ["audit.view_deleted", "audit.view_saved"]


def test_names_are_ones_own_and_each_once(maya: Operator, audrey: Operator) -> None:
    saved(maya)
    again = maya.send(NEW, {"name": "failed SIGN-INS"})
    assert again.status_code == 422
    assert "You have a view named “failed SIGN-INS” already" in shown(again.text)
    assert maya.send(NEW, {"name": ""}).status_code == 422
    assert maya.send(NEW, {"name": "x" * 61}).status_code == 422
    saved(audrey)  # the same name, and another person's


def test_a_view_is_renamed_and_shared(maya: Operator, audrey: Operator) -> None:
    view = saved(maya)
    address = f"/admin/audit/views/{view}"
    assert audrey.get(address).status_code == 404
    assert "Failed sign-ins" not in audrey.page("/admin/audit/views")
    renamed = maya.send(f"{address}/edit", {"name": "Locked doors", "is_shared": "y"})
    assert renamed.status_code == 303
    assert "shared by maya" in shown(audrey.page("/admin/audit/views"))
    assert audrey.get(address).status_code == 303
    # seen is not owned
    assert audrey.get(f"{address}/edit").status_code == 404
    assert audrey.send(f"{address}/delete", seen_on="/admin/audit/views/new").status_code == 404
    assert "Locked doors" in maya.page("/admin/audit/views")


def test_a_view_of_ids_that_are_none_is_not_saved(maya: Operator) -> None:
    assert maya.get("/admin/audit/views/new?actor=nobody").status_code == 404
    assert maya.get(f"/admin/audit/views/{NOBODYS_ID}").status_code == 404
    assert maya.get("/admin/audit/views/x").status_code == 404


def test_only_filters_that_mean_something_are_kept(maya: Operator) -> None:
    maya.send("/admin/audit/views/new?kind=nothing&period=8&evil=1&q=kestrel", {"name": "One"})
    with maya.portal.reading() as session:
        (view,) = SavedViews(session).seen_by(maya.person.id)
    assert view.query == {"q": "kestrel"}


def test_nobody_without_the_log_has_views(devon: Operator) -> None:
    for address in ("/admin/audit/views", "/admin/audit/views/new"):
        assert devon.get(address).status_code == 403


def test_hostile_names_are_only_text(maya: Operator) -> None:
    for name in HOSTILE:
        saved(maya, name)
    for address in ("/admin/audit", "/admin/audit/views"):
        page = maya.page(address)
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
