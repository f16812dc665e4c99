"""Two administrators who act against each other at the same moment, and many who do the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.access.models import GroupMember, UserRole
from portal.access.repository import Roles
from portal.access.rules import ADMINISTRATOR
from portal.access.schemas import AddMember, ChangeTerm, GiveGroupRole, GiveRole, SetUserAttributes
from portal.access.usecases.assignments import change_role, give_role, set_user_attributes, take_role
from portal.access.usecases.memberships import (
    add_member,
    give_group_role,
    remove_member,
    take_group_role,
)
from portal.accounts.models import User
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.infra.errors import DomainError
from tests.support.crowds import at_once

if TYPE_CHECKING:
    from portal.access.models import Group, Role
    from portal.infra.unit_of_work import UnitOfWork
    from tests.access.conftest import AddPerson, House

Change = Callable[["UnitOfWork"], object]
ROUNDS = 20


def has_administrator(house: House) -> bool:
    with house.portal.reading() as session:
        return Roles(session).has_active_holder(
            ADMINISTRATOR, at=house.portal.ports.clock.now(), for_good=True
        )


def soon(house: House) -> ChangeTerm:
    return ChangeTerm(expires_at=house.portal.ports.clock.now() + timedelta(days=30))


def insist(house: House, change: Change, *, by: User | None = None) -> str:
    """What became of the change, tried again while the database is too busy."""
    for _ in range(40):
        try:
            with house.acting(by) as uow:
                change(uow)
        except DomainError as problem:
            return problem.code
        except (OperationalError, PoolTimeout):
            continue
        return "done"
    return "never got in"


def restore(house: House, people: tuple[User, ...], group: Group) -> None:
    role = house.built_in(ADMINISTRATOR)
    with house.acting() as uow:
        for person in people:
            enable_user(uow, person.id)
            give_role(uow, person.id, GiveRole(role_id=role.id))
            add_member(uow, group.id, AddMember(user_id=person.id))
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))


@pytest.mark.parametrize("kind", ["demote", "disable", "demote and disable", "expire", "leave and demote"])
def test_two_administrators_who_race_leave_one(house: House, add_person: AddPerson, kind: str) -> None:
    """SECURITY.md D2.5: both act at the same moment, again and again, and the portal never loses its last one."""
    ada, devon = house.ada, add_person("devon@example.org", administrator=True)
    role = house.built_in(ADMINISTRATOR)
    group = house.group("Crew")
    one, other = moves(kind, role, group, (ada, devon), soon(house))
    for _ in range(ROUNDS):
        restore(house, (ada, devon), group)
        with house.acting() as uow:
            prepare(uow, kind, role, group, (ada, devon))
        codes = at_once(
            2, lambda number: insist(house, (one, other)[number], by=(ada, devon)[number]), threads=2
        )
        assert has_administrator(house), codes
        assert "never got in" not in codes
        assert codes.count("done") == 1, codes


def prepare(uow: UnitOfWork, kind: str, role: Role, group: Group, people: tuple[User, User]) -> None:
    """Each way of the round is the only one; the first of them by the group, where it is about leaving it."""
    ada, devon = people
    if kind == "leave and demote":
        take_role(uow, ada.id, role.id)
        remove_member(uow, group.id, devon.id)
    else:
        take_group_role(uow, group.id, role.id)


def moves(
    kind: str, role: Role, group: Group, people: tuple[User, User], end: ChangeTerm
) -> tuple[Change, Change]:
    """What each of the two does to the other."""
    ada, devon = people
    disable = DisableUser(reason="race")
    match kind:
        case "demote":
            return (lambda uow: take_role(uow, devon.id, role.id)), (
                lambda uow: take_role(uow, ada.id, role.id)
            )
        case "disable":
            return (
                lambda uow: disable_user(uow, devon.id, disable),
                lambda uow: disable_user(uow, ada.id, disable),
            )
        case "expire":
            return (
                lambda uow: change_role(uow, devon.id, role.id, end),
                lambda uow: change_role(uow, ada.id, role.id, end),
            )
        case "leave and demote":
            return (
                lambda uow: take_role(uow, devon.id, role.id),
                lambda uow: remove_member(uow, group.id, ada.id),
            )
        case _:
            return (
                lambda uow: take_role(uow, devon.id, role.id),
                lambda uow: disable_user(uow, ada.id, disable),
            )


def test_many_who_give_the_same_at_once_leave_one_row(house: House, add_person: AddPerson) -> None:
    """SECURITY.md D2.8: the same role and the same membership, from many at once, is one row and one entry each."""
    maya, role, group = add_person("maya@example.org"), house.role("deployer"), house.group("Engineering")

    def give(number: int) -> str:
        if number % 2:
            return insist(house, lambda uow: give_role(uow, maya.id, GiveRole(role_id=role.id)))
        return insist(house, lambda uow: add_member(uow, group.id, AddMember(user_id=maya.id)))

    assert set(at_once(200, give, threads=20)) == {"done"}
    with house.portal.reading() as session:
        roles = session.scalar(
            select(func.count()).where(UserRole.user_id == maya.id, UserRole.role_id == role.id)
        )
        members = session.scalar(select(func.count()).where(GroupMember.user_id == maya.id))
    assert (roles, members) == (1, 1)
    told = [entry.action for entry in house.told("role.assigned", "group.member") if entry.user_id == maya.id]
    assert sorted(told) == ["group.member_added", "role.assigned", "role.assigned"]


def test_whoever_changes_the_same_person_at_once_waits_and_never_deadlocks(
    house: House, add_person: AddPerson
) -> None:
    """SECURITY.md D2.8: giving needs the row of the person to stay, disabling changes it; neither is in the way."""
    maya, role, group = add_person("maya@example.org"), house.role("deployer"), house.group("Engineering")
    acts: tuple[Change, ...] = (
        lambda uow: give_role(uow, maya.id, GiveRole(role_id=role.id)),
        lambda uow: disable_user(uow, maya.id, DisableUser(reason="race")),
        lambda uow: add_member(uow, group.id, AddMember(user_id=maya.id)),
        lambda uow: enable_user(uow, maya.id),
        lambda uow: set_user_attributes(uow, maya.id, SetUserAttributes(attributes={"level": 1})),
        lambda uow: take_role(uow, maya.id, role.id),
        lambda uow: remove_member(uow, group.id, maya.id),
    )

    def act(number: int) -> str:
        try:
            with house.acting() as uow:
                acts[number % len(acts)](uow)
        except DomainError as problem:
            return problem.code
        except (OperationalError, PoolTimeout) as busy:
            return "deadlock" if "deadlock" in str(busy) else "busy"
        return "done"

    codes = set(at_once(140, act, threads=7))
    assert codes <= {"done", "not_held", "busy"}
    assert "done" in codes
