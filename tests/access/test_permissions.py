"""What a role permits, changed as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from portal.access.errors import ChangedMeanwhile, PartOfThePortal, RoleNotFound, TooMuchToGive
from portal.access.repository import Permissions
from portal.access.rules import PORTAL_RESOURCES
from portal.access.schemas import PermissionWish, SetPermissions
from portal.access.services.facts import permissions_version
from portal.access.usecases.permissions import set_permissions
from portal.infra.errors import Invalid
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from portal.access.models import Role
    from tests.access.conftest import AddPerson, House

IN_OFFICE: dict[str, Any] = {"attribute": "context.ip", "operator": "ip_in", "value": ["192.0.2.0/24"]}


def wish(house: House, **permitted: dict[str, dict[str, Any] | None]) -> SetPermissions:
    with house.acting() as uow:
        wishes = [
            PermissionWish(resource_id=house.resource(uow, resource), action=action, conditions=conditions)
            for resource, actions in permitted.items()
            for action, conditions in actions.items()
        ]
    return SetPermissions(permissions=tuple(wishes))


def permitted(house: House, role: Role) -> dict[str, Any]:
    with house.portal.reading() as session:
        return {one.key: one.conditions for one in Permissions(session).of_role(role.id)}


def as_it_is(house: House, role: Role, **more: dict[str, dict[str, Any] | None]) -> SetPermissions:
    """Everything that the role permits already, and more."""
    with house.portal.reading() as session:
        there = [
            PermissionWish(resource_id=one.resource_id, action=one.action, conditions=one.conditions)
            for one in Permissions(session).of_role(role.id)
        ]
    return SetPermissions(permissions=(*there, *wish(house, **more).permissions))


def test_only_what_differs_is_told(house: House) -> None:
    role = house.role("deployer", ship=["create", "read"])
    with house.acting(house.ada) as uow:
        set_permissions(uow, role.id, wish(house, ship={"read": IN_OFFICE}, dock={"read": None}))
    assert permitted(house, role) == {"ship:read": IN_OFFICE, "dock:read": None}
    entry = house.told("role.permissions_changed")[-1]
    assert entry.before_state == {
        "permissions": {
            "dock:read": {"granted": False},
            "ship:create": {"granted": True, "conditions": None},
            "ship:read": {"granted": True, "conditions": None},
        }
    }
    assert entry.after_state == {
        "permissions": {
            "dock:read": {"granted": True, "conditions": None},
            "ship:create": {"granted": False},
            "ship:read": {"granted": True, "conditions": IN_OFFICE},
        }
    }


def test_nothing_is_told_where_nothing_differs(house: House) -> None:
    role = house.role("deployer", ship=["create"])
    told = len(house.told("role.permissions_changed"))
    with house.acting() as uow:
        set_permissions(uow, role.id, as_it_is(house, role))
    assert len(house.told("role.permissions_changed")) == told


def test_every_problem_points_to_its_place(house: House) -> None:
    role = house.role("deployer")
    broken = {"all": [{"attribute": "context.ip", "operator": "ip_in", "value": ["nowhere"]}]}
    good = wish(house, ship={"read": None, "create": broken}).permissions
    form = SetPermissions(permissions=(*good, PermissionWish(resource_id=new_id(), action="read"), good[0]))
    with pytest.raises(Invalid) as refused, house.acting() as uow:
        set_permissions(uow, role.id, form)
    places = {problem.field: problem.code for problem in refused.value.fields}
    assert places == {
        "permissions/1/conditions/all/0/value/0": "network_unknown",
        "permissions/2/resource_id": "resource_unknown",
        "permissions/3/action": "twice",
    }
    assert permitted(house, role) == {}


def test_an_action_that_there_is_not_is_no_input() -> None:
    with pytest.raises(ValidationError):
        PermissionWish(resource_id=new_id(), action="own")


def test_a_matrix_that_is_out_of_date_changes_nothing(house: House) -> None:
    role = house.role("deployer", ship=["create"])
    with house.portal.reading() as session:
        seen = permissions_version(session, role.id)
    with house.acting() as uow:
        set_permissions(uow, role.id, wish(house, ship={"read": None}), if_unchanged=seen)
    with pytest.raises(ChangedMeanwhile), house.acting() as uow:
        set_permissions(uow, role.id, wish(house, ship={"update": None}), if_unchanged=seen)
    assert permitted(house, role) == {"ship:read": None}
    with pytest.raises(RoleNotFound), house.acting() as uow:
        set_permissions(uow, new_id(), SetPermissions())


@pytest.mark.parametrize("name", ["administrator", "auditor", "user"])
def test_a_system_role_takes_more_and_never_less(house: House, name: str) -> None:
    role = house.built_in(name)
    before = permitted(house, role)
    with house.acting(house.ada) as uow:
        set_permissions(uow, role.id, as_it_is(house, role, ship={"read": None}))
    assert permitted(house, role) == {**before, "ship:read": None}
    if name == "user":
        return
    with pytest.raises(PartOfThePortal) as refused, house.acting(house.ada) as uow:
        set_permissions(uow, role.id, wish(house, ship={"read": None}))
    assert refused.value.field == "permissions"


def test_the_administrator_stays_one_without_conditions_in_every_room(house: House) -> None:
    role = house.built_in("administrator")
    assert permitted(house, role) == {f"{room}:admin": None for room in PORTAL_RESOURCES}
    whole = as_it_is(house, role).permissions
    for spoiled in (
        whole[1:],
        tuple(one.model_copy(update={"action": "read"}) for one in whole),
        (whole[0].model_copy(update={"conditions": IN_OFFICE}), *whole[1:]),
    ):
        with pytest.raises(PartOfThePortal), house.acting(house.ada) as uow:
            set_permissions(uow, role.id, SetPermissions(permissions=spoiled))
    assert permitted(house, role) == {f"{room}:admin": None for room in PORTAL_RESOURCES}


@pytest.mark.parametrize(
    "more", [{"user": {"admin": None}}, {"settings": {"read": IN_OFFICE}}, {"ship": {"read": None}}]
)
def test_nobody_writes_into_a_role_what_they_lack(
    house: House, add_person: AddPerson, more: dict[str, dict[str, Any]]
) -> None:
    """CVE-2021-45379 and its kin: who may edit roles must not make themselves an administrator by it."""
    helper = add_person("helper@example.org")
    keeper = house.role("keeper", role=["update"], permission=["update"], user=["read"])
    house.give(helper, keeper)
    form = as_it_is(house, keeper, **more)
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        set_permissions(uow, keeper.id, form)
    other = house.role("reader")
    with house.acting(helper) as uow:
        set_permissions(uow, other.id, wish(house, user={"read": None}))
    assert permitted(house, other) == {"user:read": None}


def test_nor_do_they_take_out_what_they_lack_or_loosen_it(house: House, add_person: AddPerson) -> None:
    helper = add_person("helper@example.org")
    house.give(helper, house.role("keeper", permission=["update"], user=["read"]))
    other = house.role("other")
    with house.acting() as uow:
        set_permissions(uow, other.id, wish(house, settings={"update": IN_OFFICE}, user={"read": None}))
    for form in (
        wish(house, user={"read": None}),
        wish(house, settings={"update": None}, user={"read": None}),
    ):
        with pytest.raises(TooMuchToGive, match="settings:update"), house.acting(helper) as uow:
            set_permissions(uow, other.id, form)
    with house.acting(helper) as uow:
        set_permissions(uow, other.id, wish(house, settings={"update": IN_OFFICE}, user={"read": IN_OFFICE}))


def test_who_may_admin_permissions_decides_about_those_of_apps(house: House, add_person: AddPerson) -> None:
    decider = add_person("decider@example.org")
    house.give(decider, house.role("decider", permission=["admin"]))
    role = house.role("deployer")
    with house.acting(decider) as uow:
        set_permissions(uow, role.id, wish(house, ship={"admin": None}))
    assert permitted(house, role) == {"ship:admin": None}
    with pytest.raises(TooMuchToGive), house.acting(decider) as uow:
        set_permissions(uow, role.id, wish(house, ship={"admin": None}, audit={"read": None}))
