"""Whatever changes, and whoever races, somebody who can open the console stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import LastAdministrator, PartOfThePortal
from portal.access.repository import Roles
from portal.access.rules import ADMINISTRATOR
from portal.access.schemas import ChangeTerm, GiveRole
from portal.access.usecases.assignments import change_role, give_role, take_role
from portal.access.usecases.groups import delete_group
from portal.access.usecases.memberships import (
    change_group_role,
    change_member,
    remove_member,
    take_group_role,
)
from portal.access.usecases.roles import delete_role
from portal.accounts.models import User
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user

if TYPE_CHECKING:
    from portal.access.models import Group, Role
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House
    from tests.support.portals import MovableClock

Change = Callable[["UnitOfWork"], object]


def has_administrator(house: House) -> bool:
    with house.portal.reading() as session:
        return Roles(session).has_active_holder(
            ADMINISTRATOR, at=house.portal.ports.clock.now(), for_good=True
        )


def refused(house: House, change: Change, *, by: User | None = None) -> None:
    """The change is refused as the last administrator's, and has left no trace."""
    told = len(house.told(""))
    with (
        pytest.raises(LastAdministrator, match="Make somebody else an administrator"),
        house.acting(by) as uow,
    ):
        change(uow)
    assert len(house.told("")) == told
    assert has_administrator(house)


def soon(house: House) -> ChangeTerm:
    return ChangeTerm(expires_at=house.portal.ports.clock.now() + timedelta(days=30))


def test_the_last_administrator_keeps_the_role(house: House) -> None:
    role = house.built_in(ADMINISTRATOR)
    refused(house, lambda uow: take_role(uow, house.ada.id, role.id), by=house.ada)
    refused(house, lambda uow: change_role(uow, house.ada.id, role.id, soon(house)), by=house.ada)
    end = GiveRole(role_id=role.id, expires_at=soon(house).expires_at)
    refused(house, lambda uow: give_role(uow, house.ada.id, end), by=house.ada)
    refused(house, lambda uow: disable_user(uow, house.ada.id, DisableUser(reason="left")))
    with pytest.raises(PartOfThePortal), house.acting(house.ada) as uow:
        delete_role(uow, role.id)


@pytest.fixture
def crew(house: House) -> tuple[Group, Role]:
    """Ada administers by a group alone."""
    role = house.built_in(ADMINISTRATOR)
    group = house.group("Crew", members=(house.ada,), roles=(role,))
    with house.acting() as uow:
        take_role(uow, house.ada.id, role.id)
    return group, role


def test_a_group_may_be_what_makes_the_last_administrator(house: House, crew: tuple[Group, Role]) -> None:
    group, role = crew
    assert has_administrator(house)
    for change in (
        lambda uow: remove_member(uow, group.id, house.ada.id),
        lambda uow: change_member(uow, group.id, house.ada.id, soon(house)),
        lambda uow: take_group_role(uow, group.id, role.id),
        lambda uow: change_group_role(uow, group.id, role.id, soon(house)),
        lambda uow: delete_group(uow, group.id),
        lambda uow: disable_user(uow, house.ada.id, DisableUser(reason="left")),
    ):
        refused(house, change)


@pytest.mark.parametrize("lacks", ["an end", "activity", "a password"])
def test_who_will_not_last_or_cannot_sign_in_does_not_count(
    house: House, add_person: AddPerson, lacks: str
) -> None:
    role, devon = house.built_in(ADMINISTRATOR), add_person("devon@example.org")
    house.give(devon, role, expires_at=soon(house).expires_at if lacks == "an end" else None)
    with house.acting() as uow:
        if lacks == "activity":
            disable_user(uow, devon.id, DisableUser(reason="left"))
        if lacks == "a password":
            uow.session.get_one(User, devon.id).password_hash = None
    refused(house, lambda uow: take_role(uow, house.ada.id, role.id))


def test_with_another_administrator_everything_may_end(
    house: House, add_person: AddPerson, crew: tuple[Group, Role]
) -> None:
    group, role = crew
    house.give(add_person("devon@example.org"), role)
    with house.acting() as uow:
        change_group_role(uow, group.id, role.id, soon(house))
        change_member(uow, group.id, house.ada.id, soon(house))
        delete_group(uow, group.id)
    assert [entry.action for entry in house.told("group.")][-3:] == [
        "group.role_changed",
        "group.member_changed",
        "group.deleted",
    ]


def test_what_makes_nobody_an_administrator_is_not_looked_at(house: House, add_person: AddPerson) -> None:
    maya, role = add_person("maya@example.org"), house.role("deployer")
    group = house.group("Engineering", members=(maya,), roles=(role,))
    house.give(maya, role)
    with house.acting() as uow:
        uow.session.get_one(User, house.ada.id).is_active = False
        uow.session.flush()
        take_role(uow, maya.id, role.id)
        remove_member(uow, group.id, maya.id)
        take_group_role(uow, group.id, role.id)
        disable_user(uow, maya.id, DisableUser(reason="left"))


def test_an_end_that_has_come_locks_nobody_out(
    house: House, add_person: AddPerson, clock: MovableClock
) -> None:
    role, devon = house.built_in(ADMINISTRATOR), add_person("devon@example.org")
    house.give(devon, role)
    with house.acting() as uow:
        change_role(uow, house.ada.id, role.id, soon(house))
    clock.advance(days=31)
    refused(house, lambda uow: take_role(uow, devon.id, role.id))
