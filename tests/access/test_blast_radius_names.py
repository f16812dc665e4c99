"""Conditions may name roles and groups: a preview tells of whoever gets another answer by coming to one, leaving it, or
its being called otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from portal.access.schemas import AddMember, ChangeTerm, EditGroup, EditRole, GiveRole
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import delete_group, edit_group
from portal.access.usecases.memberships import add_member, change_member, remove_member
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import delete_role, edit_role
from tests.access.previews import radius_of, told, wish

if TYPE_CHECKING:
    from portal.access.models import Role
    from portal.accounts.models import User
    from tests.access.conftest import AddPerson, House

IN_BUILDERS: Final = {"attribute": "subject.groups", "operator": "contains", "value": "Builders"}
ON_CALL: Final = {"attribute": "subject.roles", "operator": "contains", "value": "on call"}
BY_NAME: Final = {"attribute": "resource.name", "operator": "in", "value": {"ref": "subject.groups"}}


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


def conditional(house: House, condition: dict[str, Any], *holders: User) -> Role:
    """A role that permits something under this condition, and who holds it."""
    role = house.role("deployer", ship=["create"])
    form = wish(house, ship={"create": condition})
    with house.acting() as uow:
        set_permissions(uow, role.id, form)
    for holder in holders:
        house.give(holder, role)
    return role


def test_joining_and_leaving_a_group_that_a_condition_names(
    house: House, maya: User, add_person: AddPerson
) -> None:
    devon = add_person("devon@example.org")
    conditional(house, {"not": {"all": [IN_BUILDERS]}}, maya, devon)
    builders, readers = house.group("Builders", members=(devon,)), house.group("Readers")
    joins = AddMember(user_id=maya.id)
    radius = radius_of(house, lambda uow: add_member(uow, builders.id, joins))
    assert (told(radius.altered), radius.gaining, radius.losing) == ({"ship:create?": {"Maya"}}, 0, 0)
    assert radius_of(house, lambda uow: add_member(uow, readers.id, joins)).is_empty
    radius = radius_of(house, lambda uow: remove_member(uow, builders.id, devon.id))
    assert told(radius.altered) == {"ship:create?": {"Devon"}}
    assert told(radius_of(house, lambda uow: delete_group(uow, builders.id)).altered) == {
        "ship:create?": {"Devon"}
    }


def test_a_membership_that_ends_sooner_alters_the_answer_from_then_on(house: House, maya: User) -> None:
    conditional(house, IN_BUILDERS, maya)
    builders = house.group("Builders", members=(maya,))
    form = ChangeTerm.model_validate({"expires_at": "2031-06-30"})
    radius = radius_of(house, lambda uow: change_member(uow, builders.id, maya.id, form))
    (line,) = radius.altered
    assert line.later is not None
    assert f"{line.later.first:%Y-%m-%d}" == "2031-06-30"


def test_a_group_that_is_called_otherwise(house: House, maya: User, add_person: AddPerson) -> None:
    devon = add_person("devon@example.org")
    conditional(house, IN_BUILDERS, maya, devon)
    builders = house.group("Builders", members=(maya,))
    readers = house.group("Readers", members=(devon,))
    away = EditGroup(name="Makers")
    radius = radius_of(house, lambda uow: edit_group(uow, builders.id, away))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    assert radius_of(house, lambda uow: edit_group(uow, readers.id, away)).is_empty
    described = EditGroup(name="Builders", description="Who builds")
    assert radius_of(house, lambda uow: edit_group(uow, builders.id, described)).is_empty


def test_a_role_that_a_condition_names(house: House, maya: User) -> None:
    conditional(house, ON_CALL, maya)
    on_call, other = house.role("on call"), house.role("reader")
    radius = radius_of(house, lambda uow: give_role(uow, maya.id, GiveRole(role_id=on_call.id)))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    assert radius_of(house, lambda uow: give_role(uow, maya.id, GiveRole(role_id=other.id))).is_empty
    house.give(maya, on_call)
    for change in (
        lambda uow: edit_role(uow, on_call.id, EditRole(name="on duty")),
        lambda uow: delete_role(uow, on_call.id),
    ):
        assert told(radius_of(house, change).altered) == {"ship:create?": {"Maya"}}


def test_whoever_may_do_it_anyway_is_not_told_of(house: House, maya: User) -> None:
    conditional(house, IN_BUILDERS, maya)
    house.give(maya, house.role("captain", ship=["admin"]))
    builders = house.group("Builders")
    assert radius_of(house, lambda uow: add_member(uow, builders.id, AddMember(user_id=maya.id))).is_empty


def test_a_comparison_with_all_groups_may_turn_with_any(house: House, maya: User) -> None:
    conditional(house, BY_NAME, maya)
    readers = house.group("Readers")
    radius = radius_of(house, lambda uow: add_member(uow, readers.id, AddMember(user_id=maya.id)))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
