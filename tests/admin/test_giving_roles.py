"""One role for one person: looked at first, then given."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.infra.actor import CLI
from tests.admin.conftest import Operator, shown
from tests.admin.holding import carry_on, permit, preview, role_names, saved
from tests.admin.test_assignments import editor, roles_of
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from portal.bootstrap import Portal

__all__ = ["editor"]


def test_a_role_is_given_until_a_day_with_a_reason(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    sent = {"role_id": str(editor), "expires_at": "2031-12-24", "reason": "Holiday cover"}
    words = saved(maya, roles_of(devon), sent)
    assert f"Give the role “editor” to {devon.person.display_name}?" in words
    assert "Gain read wiki 1 person Devon Reyes" in words
    assert "Lose 0 people" in words
    page = shown(maya.page(roles_of(devon)))
    assert "editor directly 24 Dec 2031 Holiday cover Maya Okafor" in page
    assert role_names(portal, devon.person) == ["editor", "user"]


def test_a_role_is_given_only_after_a_look_and_going_back_loses_nothing(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    sent = {"role_id": str(editor), "expires_at": "2031-12-24", "reason": "Holiday cover"}
    page = preview(maya, roles_of(devon), sent)
    assert role_names(portal, devon.person) == ["user"]
    back = carry_on(maya, roles_of(devon), page, "back", seen_on=roles_of(devon))
    assert back.status_code == 200
    assert f'<option selected value="{editor}">' in back.text
    assert 'value="2031-12-24"' in back.text
    assert 'value="Holiday cover"' in back.text
    assert role_names(portal, devon.person) == ["user"]


def test_a_preview_says_where_nothing_changes_because_the_account_is_disabled(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    with portal.unit_of_work(CLI) as uow:
        disable_user(uow, devon.person.id, DisableUser(reason="On leave"))
    words = saved(maya, roles_of(devon), {"role_id": str(editor)})
    assert "nothing changes until it is enabled again" in words
    assert "Gain 0 people" in words


def test_a_role_that_permits_more_than_was_seen_is_looked_at_again(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID
) -> None:
    page = preview(maya, roles_of(devon), {"role_id": str(editor)})
    permit(portal, editor, {"wiki:read": None, "wiki:admin": None})
    late = carry_on(maya, roles_of(devon), page, "save", seen_on=roles_of(devon))
    assert late.status_code == 200
    assert "Look once more" in late.text
    assert "admin wiki" in shown(late.text)
    assert role_names(portal, devon.person) == ["user"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role_id": ""}, "Choose a role"),
        ({"role_id": "x"}, "Check the role"),
        ({"expires_at": "tomorrow"}, "Enter a day like 2031-12-24"),
        ({"expires_at": "2001-01-01"}, "Choose an end that is still to come"),
        ({"expires_at": "9999-01-01"}, "Enter a day like 2031-12-24"),
        ({"reason": "x" * 301}, "Use at most 300 characters"),
    ],
)
def test_a_role_that_cannot_be_given_says_why_and_loses_nothing(
    portal: Portal, maya: Operator, devon: Operator, editor: UUID, changes: dict[str, str], words: str
) -> None:
    sent = {"role_id": str(editor), "expires_at": "2031-12-24", "reason": "Kept as it was"} | changes
    answer = maya.send(roles_of(devon), sent)
    assert answer.status_code == 422
    assert words in shown(answer.text)
    assert f'value="{sent["expires_at"]}"' in answer.text
    assert f'value="{sent["reason"]}"' in answer.text
    if "role_id" not in changes:
        assert f'<option selected value="{editor}">' in answer.text
    assert role_names(portal, devon.person) == ["user"]


def test_a_role_that_is_gone_cannot_be_given(maya: Operator, devon: Operator) -> None:
    assert maya.send(roles_of(devon), {"role_id": NOBODYS_ID}).status_code == 404
