"""Who may decide about one group, and that no group is a way up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import GroupNotFound, NotHeld, TooMuchToGive
from portal.access.repository import Groups, Roles
from portal.access.schemas import (
    AddGroupAdministrator,
    AddMember,
    ChangeTerm,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import (
    add_group_administrator,
    delete_group,
    remove_group_administrator,
)
from portal.access.usecases.memberships import (
    add_member,
    change_member,
    give_group_role,
    remove_member,
    take_group_role,
)
from portal.access.usecases.permissions import set_permissions
from portal.infra.ids import new_id
from tests.access.conftest import actor_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from tests.access.conftest import AddPerson, House


def roles_of(house: House, person: User) -> list[str]:
    with house.portal.reading() as session:
        return [role.name for role in Roles(session).of_user(person.id, at=house.portal.ports.clock.now())]


def test_who_looks_after_a_group_fills_it_and_sees_no_other(house: House, add_person: AddPerson) -> None:
    lead, maya = add_person("lead@example.org"), add_person("maya@example.org")
    mine = house.group("Engineering", roles=(house.role("deployer", ship=["create"]),))
    other = house.group("Finance", members=(maya,))
    with house.acting() as uow:
        add_group_administrator(uow, mine.id, AddGroupAdministrator(user_id=lead.id, reason="team lead"))
        add_group_administrator(uow, mine.id, AddGroupAdministrator(user_id=lead.id))
    assert len(house.told("group.administrator_added")) == 1
    with house.acting(lead) as uow:
        add_member(uow, mine.id, AddMember(user_id=maya.id))
    assert roles_of(house, maya) == ["deployer", "user"]
    with house.acting(lead) as uow:
        change_member(uow, mine.id, maya.id, ChangeTerm(expires_at=uow.now + timedelta(days=1)))
        remove_member(uow, mine.id, maya.id)
    for change in (
        lambda uow: add_member(uow, other.id, AddMember(user_id=lead.id)),
        lambda uow: remove_member(uow, other.id, maya.id),
        lambda uow: change_member(uow, other.id, maya.id, ChangeTerm()),
        lambda uow: add_member(uow, new_id(), AddMember(user_id=lead.id)),
    ):
        with pytest.raises(GroupNotFound), house.acting(lead) as uow:
            change(uow)
    with house.portal.reading() as session:
        groups = Groups(session)
        assert [group.name for group in groups.administered_by(lead.id)] == ["Engineering"]
        assert [group.name for group in groups.page(administered_by=lead.id).items] == ["Engineering"]
    with house.acting() as uow:
        remove_group_administrator(uow, mine.id, lead.id)
    with pytest.raises(GroupNotFound), house.acting(lead) as uow:
        add_member(uow, mine.id, AddMember(user_id=maya.id))
    with pytest.raises(NotHeld), house.acting() as uow:
        remove_group_administrator(uow, mine.id, lead.id)


def test_no_group_is_a_way_up_for_who_looks_after_it(house: House, add_person: AddPerson) -> None:
    """Roles of apps go with the group; a room of the portal opens only for whom it opens for already."""
    lead = add_person("lead@example.org")
    group = house.group("Engineering")
    with house.acting() as uow:
        add_group_administrator(uow, group.id, AddGroupAdministrator(user_id=lead.id))
        give_group_role(uow, group.id, GiveGroupRole(role_id=house.built_in("administrator").id))
    for person in (lead, add_person("maya@example.org")):
        with pytest.raises(TooMuchToGive), house.acting(lead) as uow:
            add_member(uow, group.id, AddMember(user_id=person.id))
    assert roles_of(house, lead) == ["user"]


def test_who_may_update_groups_is_no_administrator_by_it(house: House, add_person: AddPerson) -> None:
    helper = add_person("helper@example.org")
    house.give(helper, house.role("helper", group=["admin"], role=["update"]))
    crew = house.group("Crew", members=(house.ada,), roles=(house.built_in("administrator"),))
    empty = house.group("Empty")
    for change in (
        lambda uow: add_member(uow, crew.id, AddMember(user_id=helper.id)),
        lambda uow: remove_member(uow, crew.id, house.ada.id),
        lambda uow: add_group_administrator(uow, crew.id, AddGroupAdministrator(user_id=helper.id)),
        lambda uow: give_group_role(uow, empty.id, GiveGroupRole(role_id=house.built_in("auditor").id)),
        lambda uow: take_group_role(uow, crew.id, house.built_in("administrator").id),
        lambda uow: delete_group(uow, crew.id),
    ):
        with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
            change(uow)
    with house.acting(helper) as uow:
        add_member(uow, empty.id, AddMember(user_id=helper.id))
        delete_group(uow, empty.id)


def test_a_stranger_learns_of_no_group(house: House, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    group = house.group("Engineering")
    with pytest.raises(GroupNotFound), house.acting(maya) as uow:
        add_member(uow, group.id, AddMember(user_id=maya.id))


@pytest.mark.parametrize(("network", "may"), [("192.0.2.0/24", True), ("198.51.100.0/24", False)])
def test_a_permission_under_conditions_counts_where_they_hold(
    house: House,
    add_person: AddPerson,
    network: str,
    may: bool,  # noqa: FBT001 - a case of the table
) -> None:
    helper, maya = add_person("helper@example.org"), add_person("maya@example.org")
    role, group = house.role("helper"), house.group("Engineering")
    under = {"attribute": "context.ip", "operator": "ip_in", "value": [network]}
    with house.acting() as uow:
        wish = PermissionWish(resource_id=house.resource(uow, "group"), action="update", conditions=under)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
    house.give(helper, role)
    acting = replace(actor_of(helper), ip="192.0.2.7")
    if not may:
        with pytest.raises(GroupNotFound), house.portal.unit_of_work(acting) as uow:
            add_member(uow, group.id, AddMember(user_id=maya.id))
        return
    with house.portal.unit_of_work(acting) as uow:
        add_member(uow, group.id, AddMember(user_id=maya.id))
    with pytest.raises(TooMuchToGive), house.portal.unit_of_work(acting) as uow:
        give_role(uow, maya.id, GiveRole(role_id=role.id))
