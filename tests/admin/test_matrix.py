"""The permission matrix in the console: a box for every action, and nothing saved before it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Resources, Roles
from portal.access.rules import ACTIONS
from tests.admin.conftest import Operator, shown
from tests.admin.holding import (
    carry_on,
    give,
    new_resource,
    new_role,
    permitted,
    preview,
)
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from portal.bootstrap import Portal


@pytest.fixture
def wiki(portal: Portal) -> UUID:
    return new_resource(portal, "wiki", description="What everybody knows")


@pytest.fixture
def editor(portal: Portal, wiki: UUID) -> UUID:
    return new_role(portal, "editor", {"wiki:read": None, "wiki:update": None})


def place(role_id: UUID, page: str = "") -> str:
    return f"/admin/roles/{role_id}{page}"


def test_the_matrix_has_a_named_box_for_every_action(maya: Operator, editor: UUID, wiki: UUID) -> None:
    page = maya.page(place(editor, "/permissions?q=wiki"))
    for action in ACTIONS:
        assert f'<span class="visually-hidden">{action} wiki</span>' in page
    assert f'value="{wiki}:read" checked' in page
    assert f'value="{wiki}:delete" checked' not in page
    assert "What everybody knows" in page


def test_ticks_are_previewed_with_names_before_they_are_saved(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID, wiki: UUID
) -> None:
    give(portal, devon.person, editor)
    path = place(editor, "/permissions")
    ticks = {"row": [str(wiki)], "grant": [f"{wiki}:read", f"{wiki}:delete"]}
    page = preview(maya, path, ticks)
    words = shown(page.text)
    assert page.status_code == 200
    assert "Gain 1 person" in words
    assert "Lose 1 person" in words
    assert "update wiki 1 person" in words
    assert "delete wiki 1 person" in words
    assert "devon" in words.lower()
    assert permitted(portal, editor) == {"wiki:read": None, "wiki:update": None}

    answer = carry_on(maya, path, page, "save", seen_on=path)
    assert answer.status_code == 303
    assert permitted(portal, editor) == {"wiki:read": None, "wiki:delete": None}
    assert "Saved what it permits" in maya.page(path)


def test_going_back_from_a_preview_keeps_the_ticks(
    portal: Portal, maya: Operator, editor: UUID, wiki: UUID
) -> None:
    path = place(editor, "/permissions")
    page = preview(maya, path, {"row": [str(wiki)], "grant": [f"{wiki}:delete"]})
    back = carry_on(maya, path, page, "back", seen_on=path)
    assert back.status_code == 200
    assert f'value="{wiki}:delete" checked' in back.text
    assert f'value="{wiki}:read" checked' not in back.text
    assert "wiki:delete" not in permitted(portal, editor)


def test_what_was_previewed_is_what_is_saved(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID, wiki: UUID
) -> None:
    """Whoever was quicker with the same role is seen first (SECURITY.md D2: no lost update)."""
    give(portal, devon.person, editor)
    path = place(editor, "/permissions")
    page = preview(maya, path, {"row": [str(wiki)], "grant": [f"{wiki}:read"]})
    quicker = preview(maya, path, {"row": [str(wiki)], "grant": [f"{wiki}:read", f"{wiki}:create"]})
    carry_on(maya, path, quicker, "save", seen_on=path)
    again = carry_on(maya, path, page, "save", seen_on=path)
    assert again.status_code == 200
    assert "Somebody changed it after you had opened it" in again.text
    assert "create wiki" in shown(again.text)
    assert permitted(portal, editor) == {"wiki:read": None, "wiki:create": None}
    assert carry_on(maya, path, again, "save", seen_on=path).status_code == 303
    assert permitted(portal, editor) == {"wiki:read": None}


def test_what_the_page_did_not_show_stays(portal: Portal, maya: Operator, editor: UUID, wiki: UUID) -> None:
    other = new_resource(portal, "ledger")
    path = place(editor, "/permissions")
    page = preview(maya, path, {"row": [str(other)], "grant": [f"{other}:admin", f"{wiki}:admin"]})
    carry_on(maya, path, page, "save", seen_on=path)
    assert permitted(portal, editor) == {"ledger:admin": None, "wiki:read": None, "wiki:update": None}


def test_a_condition_stays_with_its_permission(portal: Portal, maya: Operator, wiki: UUID) -> None:
    office = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}
    role_id = new_role(portal, "guest", {"wiki:read": office})
    path = place(role_id, "/permissions")
    assert "network address is in" in shown(maya.page(path))
    page = preview(maya, path, {"row": [str(wiki)], "grant": [f"{wiki}:read", f"{wiki}:create"]})
    carry_on(maya, path, page, "save", seen_on=path)
    assert permitted(portal, role_id) == {"wiki:read": office, "wiki:create": None}


def test_the_matrix_of_a_system_role_loses_nothing(portal: Portal, maya: Operator) -> None:
    with portal.reading() as session:
        role, users = Roles(session).by_name("administrator"), Resources(session).by_name("user")
        assert role is not None
        assert users is not None
    before = permitted(portal, role.id)
    answer = preview(maya, place(role.id, "/permissions"), {"row": [str(users.id)], "grant": []})
    assert answer.status_code == 422
    assert "is part of the portal and keeps user:admin" in shown(answer.text)
    assert permitted(portal, role.id) == before


@pytest.mark.parametrize("grant", ["x", ":", "x:read", f"{NOBODYS_ID}:read", f"{NOBODYS_ID}:fly", "\0:read"])
def test_ticks_that_no_page_offers_are_no_fault(
    portal: Portal, maya: Operator, editor: UUID, grant: str
) -> None:
    answer = preview(maya, place(editor, "/permissions"), {"row": [NOBODYS_ID, "x"], "grant": [grant]})
    assert answer.status_code in {200, 422}
    assert permitted(portal, editor) == {"wiki:read": None, "wiki:update": None}
