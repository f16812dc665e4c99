"""Who holds a role, and giving it to one more, from the page of the role."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.admin.conftest import Operator, shown
from tests.admin.holding import (
    new_group,
    new_resource,
    new_role,
    role_names,
    saved,
)

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


def test_members_are_shown_with_path_reason_and_giver(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    new_group(portal, "Press", devon.person, roles=(editor,))
    path = place(editor, "/members")
    fields = {"who": "devon@example.org", "expires_at": "2031-12-24", "reason": "Holiday cover"}
    words = saved(maya, path, fields)
    assert "Give the role “editor” to Devon Reyes?" in words
    assert "Nobody gains or loses anything by it." in words
    page = shown(maya.page(path))
    assert "Devon Reyes holds the role" in page
    assert "24 Dec 2031 Holiday cover Maya Okafor" in page
    assert "Press 1 member" in page
    assert role_names(portal, devon.person) == ["editor", "user"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"who": ""}, "Enter a username or email"),
        ({"who": "nobody-like-that"}, "No account has exactly this username"),
        ({"who": "devon", "expires_at": "soon"}, "Enter a day like 2031-12-24"),
        ({"who": "devon", "expires_at": "2001-01-01"}, "Choose an end that is still to come"),
        ({"who": "devon", "reason": "x" * 301}, "Use at most 300 characters"),
    ],
)
def test_a_role_that_cannot_be_given_says_why_and_loses_nothing(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID, fields: dict[str, str], words: str
) -> None:
    answer = maya.send(place(editor, "/members"), {"reason": "Kept as it was", **fields})
    assert answer.status_code == 422
    assert words in shown(answer.text)
    for value in fields.values():
        assert f'value="{value}"' in answer.text
    assert role_names(portal, devon.person) == ["user"]
