"""A preview says who gains and who loses what, and leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portal.access.errors import LastAdministrator, PartOfThePortal
from portal.access.schemas import (
    AddMember,
    ChangeTerm,
    EditResource,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
)
from portal.access.usecases.assignments import change_role, give_role, set_user_attributes, take_role
from portal.access.usecases.groups import delete_group
from portal.access.usecases.memberships import add_member, give_group_role, remove_member, take_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import delete_resource, edit_resource
from portal.access.usecases.roles import delete_role
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from tests.access.previews import IN_OFFICE, radius_of, told, wish

if TYPE_CHECKING:
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House


def test_permissions_that_change_concern_every_holder(house: House, add_person: AddPerson) -> None:
    maya, devon, samir = (add_person(f"{name}@example.org") for name in ("maya", "devon", "samir"))
    role = house.role("deployer", ship=["create", "read"])
    house.give(maya, role)
    house.group("Engineering", members=(devon,), roles=(role,))
    house.give(samir, role)
    house.give(samir, house.role("watcher", ship=["read"]))
    form = wish(house, ship={"create": None, "update": None})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.gains) == {"ship:update": {"Maya", "Devon", "Samir"}}
    assert told(radius.losses) == {"ship:read": {"Maya", "Devon"}}
    assert (radius.people, radius.is_exact, radius.refusal) == (3, True, None)


def test_conditions_are_neither_all_nor_nothing(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(maya, role)
    form = wish(house, ship={"create": IN_OFFICE, "read": IN_OFFICE})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.losses) == {"ship:create?": {"Maya"}}
    assert told(radius.gains) == {"ship:read?": {"Maya"}}
    with house.acting() as uow:
        set_permissions(uow, role.id, form)
    elsewhere = {**IN_OFFICE, "value": ["198.51.100.0/24"]}
    form = wish(house, ship={"create": elsewhere, "read": None})
    radius = radius_of(house, lambda uow: set_permissions(uow, role.id, form))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    assert told(radius.gains) == {"ship:read?": {"Maya"}}


def test_admin_is_everything_at_once(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("captain", ship=["admin"])
    house.give(devon, house.role("watcher", ship=["read"]))
    give = GiveRole(role_id=role.id)
    of_maya = radius_of(house, lambda uow: give_role(uow, maya.id, give))
    assert told(of_maya.gains) == {"ship:admin": {"Maya"}}
    of_devon = radius_of(house, lambda uow: give_role(uow, devon.id, give))
    assert told(of_devon.gains).keys() == {"ship:admin", "ship:create", "ship:update", "ship:delete"}
    assert of_maya.losses == of_devon.losses == ()


def test_a_role_for_one_person_concerns_no_other_holder(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(devon, role)
    give = GiveRole(role_id=role.id)
    assert told(radius_of(house, lambda uow: give_role(uow, maya.id, give)).gains) == {
        "ship:create": {"Maya"}
    }
    take = radius_of(house, lambda uow: take_role(uow, devon.id, role.id))
    assert told(take.losses) == {"ship:create": {"Devon"}}
    house.group("Engineering", members=(devon,), roles=(role,))
    assert radius_of(house, lambda uow: take_role(uow, devon.id, role.id)).is_empty


def test_groups_bring_and_take_what_their_roles_permit(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", ship=["create"])
    group = house.group("Engineering", members=(maya, devon))
    house.give(devon, role)
    radius = radius_of(house, lambda uow: give_group_role(uow, group.id, GiveGroupRole(role_id=role.id)))
    assert told(radius.gains) == {"ship:create": {"Maya"}}
    with house.acting() as uow:
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
    lost = {"ship:create": {"Maya"}}
    for change in (
        lambda uow: take_group_role(uow, group.id, role.id),
        lambda uow: delete_group(uow, group.id),
        lambda uow: remove_member(uow, group.id, maya.id),
    ):
        assert told(radius_of(house, change).losses) == lost
    samir = add_person("samir@example.org")
    radius = radius_of(house, lambda uow: add_member(uow, group.id, AddMember(user_id=samir.id)))
    assert told(radius.gains) == {"ship:create": {"Samir"}}


def test_what_goes_with_a_role_or_a_resource(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"], dock=["read"])
    house.give(maya, role)
    radius = radius_of(house, lambda uow: delete_role(uow, role.id))
    assert told(radius.losses) == {"dock:read": {"Maya"}, "ship:create": {"Maya"}}
    radius = radius_of(house, lambda uow: delete_resource(uow, house.resource(uow, "dock")))
    assert told(radius.losses) == {"dock:read": {"Maya"}}
    renamed = EditResource(name="pier", type="app")
    radius = radius_of(house, lambda uow: edit_resource(uow, house.resource(uow, "dock"), renamed))
    assert (told(radius.losses), told(radius.gains)) == ({"dock:read": {"Maya"}}, {"pier:read": {"Maya"}})


def test_what_conditions_compare_may_change_their_answer(house: House, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    role = house.role("deployer", dock=["read"])
    for person in (maya, devon):
        house.give(person, role)
    with house.acting() as uow:
        set_permissions(uow, role.id, wish_in(uow, house, IN_OFFICE))
    attributes = SetUserAttributes(attributes={"department": "ships"})
    radius = radius_of(house, lambda uow: set_user_attributes(uow, maya.id, attributes))
    assert told(radius.altered) == {"ship:create?": {"Maya"}}
    metadata = EditResource(name="ship", type="app", metadata={"region": "north"})
    radius = radius_of(house, lambda uow: edit_resource(uow, house.resource(uow, "ship"), metadata))
    assert told(radius.altered) == {"ship:create?": {"Maya", "Devon"}}


def wish_in(uow: UnitOfWork, house: House, conditions: dict[str, Any]) -> SetPermissions:
    ship, dock = house.resource(uow, "ship"), house.resource(uow, "dock")
    return SetPermissions(
        permissions=(
            PermissionWish(resource_id=ship, action="create", conditions=conditions),
            PermissionWish(resource_id=dock, action="read"),
        )
    )


def test_whoever_is_shut_out_loses_everything_and_gains_nothing(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    role = house.role("deployer", ship=["create"])
    house.give(maya, role)
    radius = radius_of(house, lambda uow: disable_user(uow, maya.id, DisableUser(reason="left")))
    assert told(radius.losses) == {"ship:create": {"Maya"}}
    with house.acting() as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert radius_of(house, lambda uow: delete_role(uow, role.id)).is_empty


def test_a_refusal_is_a_result(house: House) -> None:
    administrator = house.built_in("administrator")
    end = ChangeTerm(expires_at=house.portal.ports.clock.now() + timedelta(days=1))
    radius = radius_of(house, lambda uow: change_role(uow, house.ada.id, administrator.id, end))
    assert isinstance(radius.refusal, LastAdministrator)
    assert radius.is_empty
    assert isinstance(
        radius_of(house, lambda uow: delete_role(uow, administrator.id)).refusal, PartOfThePortal
    )
