"""The roles that a group gives, and what goes with a group that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Roles
from tests.admin.conftest import Operator, shown
from tests.admin.holding import new_group, new_resource, new_role, role_names, saved
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson


@pytest.fixture
def editor(portal: Portal) -> UUID:
    new_resource(portal, "wiki")
    return new_role(portal, "editor", {"wiki:read": None})


@pytest.fixture
def press(portal: Portal, devon: Operator, editor: UUID) -> UUID:
    return new_group(portal, "Press", devon.person, roles=(editor,))


def place(group_id: UUID, page: str = "") -> str:
    return f"/admin/groups/{group_id}{page}"


def test_giving_a_role_to_a_group_says_who_gains(
    portal: Portal, maya: Operator, devon: Operator, press: UUID
) -> None:
    new_resource(portal, "ledger")
    role_id = new_role(portal, "treasurer", {"ledger:update": None})
    words = saved(
        maya,
        place(press, "/roles/new"),
        {"role_id": str(role_id), "reason": "Audit"},
        seen_on=place(press, "/roles/new"),
    )
    assert "Give the role “treasurer” to the group “Press”?" in words
    assert "Gain 1 person" in words
    assert "update ledger 1 person" in words
    assert role_names(portal, devon.person) == ["editor", "treasurer", "user"]


def test_a_role_that_cannot_be_given_to_a_group_says_why(maya: Operator, press: UUID, editor: UUID) -> None:
    path = place(press, "/roles/new")
    for fields, words in (
        ({"role_id": ""}, "Choose a role"),
        ({"role_id": NOBODYS_ID}, "Choose a role from the list"),
        ({"role_id": "x"}, "Check the role"),
        ({"role_id": str(editor), "expires_at": "2001-01-01"}, "Choose an end that is still to come"),
    ):
        answer = maya.send(path, {"reason": "Kept as it was", "step": "preview", **fields})
        assert answer.status_code == 422, fields
        assert words in shown(answer.text)
        assert 'value="Kept as it was"' in answer.text


def test_a_role_of_a_group_gets_an_end_and_is_taken(
    portal: Portal, maya: Operator, devon: Operator, press: UUID, editor: UUID
) -> None:
    path = place(press, f"/roles/{editor}")
    words = saved(maya, path, {"expires_at": "2031-12-24"}, seen_on=path)
    assert "Move the end of “editor” for the group “Press”?" in words
    assert "Lose 1 person" in words
    assert "read wiki from 24 Dec 2031, 23:59:59 UTC on 1 person" in words
    assert "24 Dec 2031" in shown(maya.page(place(press)))
    words = saved(maya, path, {"expires_at": ""}, seen_on=path)
    assert "read wiki beyond 24 Dec 2031, 23:59:59 UTC 1 person" in words
    words = saved(maya, f"{path}/take", {}, seen_on=path)
    assert "Lose 1 person" in words
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(path).status_code == 404


def test_who_goes_back_from_taking_a_role_can_still_move_its_end(
    maya: Operator, press: UUID, editor: UUID
) -> None:
    path = place(press, f"/roles/{editor}")
    back = maya.send(f"{path}/take", {"step": "back"}, seen_on=path)
    assert back.status_code == 200
    assert f'method="post" action="{path}"' in back.text


def test_removing_a_group_says_who_loses_what(
    portal: Portal, maya: Operator, devon: Operator, press: UUID
) -> None:
    words = saved(maya, place(press, "/delete"), {}, seen_on=place(press))
    assert "Remove the group “Press”?" in words
    assert "read wiki 1 person" in words
    assert role_names(portal, devon.person) == ["user"]
    assert maya.get(place(press)).status_code == 404


def test_the_last_administrator_does_not_go_with_a_group(
    portal: Portal, maya: Operator, add_person: AddPerson
) -> None:
    """The only administrator left holds the role by a group: it can't be taken from it (SECURITY.md D2.5)."""
    with portal.reading() as session:
        role = Roles(session).by_name("administrator")
        assert role is not None
    group_id = new_group(portal, "Operators", maya.person, roles=(role.id,))
    theirs = f"/admin/users/{maya.person.id}/roles/{role.id}"
    saved(maya, f"{theirs}/take", {}, seen_on=theirs)
    assert role_names(portal, maya.person) == ["administrator", "user"]
    answer = maya.send(
        place(group_id, f"/members/{maya.person.id}/remove"),
        {"step": "preview"},
        seen_on=place(group_id, f"/members/{maya.person.id}"),
    )
    assert answer.status_code == 422
    assert "no active administrator" in shown(answer.text)
    refused = maya.send(place(group_id, "/delete"), {"step": "preview"}, seen_on=place(group_id))
    assert refused.status_code == 422
    assert role_names(portal, maya.person) == ["administrator", "user"]
