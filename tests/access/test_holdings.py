"""Who holds a role, by whatever way, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.models import Group, GroupMember, GroupRole, Role, UserRole
from portal.access.repository import Groups, HeldGroup, HeldRole, Roles
from portal.access.services import permissions_of
from portal.accounts.models import User
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock


class World:
    """A person, a role and a group, still unconnected."""

    def __init__(self, uow: UnitOfWork, person: User) -> None:
        self.uow, self.person, self.now = uow, person, uow.now
        self.role = Role(name="deployer", created_at=uow.now)
        self.group = Group(name="Engineering", created_at=uow.now)
        uow.session.add_all([self.role, self.group])
        uow.session.flush()

    def give(self, *, until: datetime | None = None) -> None:
        self.uow.session.add(
            UserRole(user_id=self.person.id, role_id=self.role.id, assigned_at=self.now, expires_at=until)
        )
        self.uow.session.flush()

    def join(self, *, member_until: datetime | None = None, role_until: datetime | None = None) -> None:
        self.uow.session.add_all(
            [
                GroupMember(
                    group_id=self.group.id, user_id=self.person.id, added_at=self.now, expires_at=member_until
                ),
                GroupRole(
                    group_id=self.group.id, role_id=self.role.id, assigned_at=self.now, expires_at=role_until
                ),
            ]
        )
        self.uow.session.flush()

    def held(self, at: datetime | None = None) -> list[HeldRole]:
        found = Roles(self.uow.session).held_by(self.person.id, at=at or self.now)
        return [one for one in found if one.name == "deployer"]


@pytest.fixture
def world(portal: Portal, add_person: Callable[..., User]) -> Callable[[UnitOfWork], World]:
    person = add_person("maya@example.org")
    return lambda uow: World(uow, person)


def test_a_role_of_a_group_is_held_by_its_members(
    world: Callable[[UnitOfWork], World], uow: UnitOfWork
) -> None:
    here = world(uow)
    here.join()
    roles = Roles(uow.session)
    assert here.held() == [HeldRole(here.role.id, "deployer", here.group.id, "Engineering", None)]
    assert [role.name for role in roles.of_user(here.person.id, at=here.now)] == ["deployer", "user"]
    assert roles.names_of_users([here.person.id], at=here.now) == {here.person.id: ["deployer", "user"]}
    assert roles.holders_of(here.role.id, at=here.now) == [here.person.id]
    assert roles.has_active_holder("deployer", at=here.now)


def test_two_ways_are_two_ways_and_one_role(world: Callable[[UnitOfWork], World], uow: UnitOfWork) -> None:
    here = world(uow)
    here.give(until=here.now + timedelta(days=1))
    here.join()
    assert [(one.group_name, one.ends_at is None) for one in here.held()] == [
        (None, False),
        ("Engineering", True),
    ]
    assert Roles(uow.session).names_of_users([here.person.id], at=here.now)[here.person.id] == [
        "deployer",
        "user",
    ]
    assert Roles(uow.session).holders_of(here.role.id, at=here.now) == [here.person.id]


@pytest.mark.parametrize(
    ("member_days", "role_days", "ends_after"),
    [(None, None, None), (3, None, 3), (None, 3, 3), (3, 5, 3), (5, 3, 3)],
)
def test_a_way_ends_when_the_first_thing_on_it_does(
    world: Callable[[UnitOfWork], World],
    uow: UnitOfWork,
    member_days: int | None,
    role_days: int | None,
    ends_after: int | None,
) -> None:
    here = world(uow)

    def after(days: int | None) -> datetime | None:
        return None if days is None else here.now + timedelta(days=days)

    here.join(member_until=after(member_days), role_until=after(role_days))
    assert [one.ends_at for one in here.held()] == [after(ends_after)]
    end = after(ends_after)
    if end is not None:
        assert here.held(at=end - timedelta(microseconds=1))
        assert not here.held(at=end)
        assert not Roles(uow.session).has_active_holder("deployer", at=end)
        assert Roles(uow.session).names_of_users([here.person.id], at=end) == {here.person.id: ["user"]}


def test_for_good_means_without_an_end(world: Callable[[UnitOfWork], World], uow: UnitOfWork) -> None:
    here = world(uow)
    here.join(member_until=here.now + timedelta(days=900))
    roles = Roles(uow.session)
    assert roles.has_active_holder("deployer", at=here.now)
    assert not roles.has_active_holder("deployer", at=here.now, for_good=True)
    here.give()
    assert roles.has_active_holder("deployer", at=here.now, for_good=True)


@pytest.mark.parametrize("lacks", ["is_active", "password_hash"])
def test_who_cannot_sign_in_is_no_active_holder(
    world: Callable[[UnitOfWork], World], uow: UnitOfWork, lacks: str
) -> None:
    here = world(uow)
    here.give()
    user = uow.session.get_one(User, here.person.id)
    setattr(user, lacks, {"is_active": False, "password_hash": None}[lacks])
    uow.session.flush()
    assert not Roles(uow.session).has_active_holder("deployer", at=here.now)


def test_permissions_come_through_groups(
    portal: Portal, clock: MovableClock, world: Callable[[UnitOfWork], World], uow: UnitOfWork
) -> None:
    here = world(uow)
    administrator = Roles(uow.session).by_name("administrator")
    assert administrator is not None
    here.role = administrator
    here.join(role_until=here.now + timedelta(hours=1))
    assert ("user", "admin") in permissions_of(uow.session, here.person.id, at=here.now)
    assert permissions_of(uow.session, here.person.id, at=here.now + timedelta(hours=1)) == frozenset()


def test_the_groups_of_a_person_end_by_themselves(
    world: Callable[[UnitOfWork], World], uow: UnitOfWork
) -> None:
    here = world(uow)
    end = here.now + timedelta(days=2)
    here.join(member_until=end)
    groups = Groups(uow.session)
    assert groups.of_user(here.person.id, at=here.now) == [HeldGroup(here.group.id, "Engineering", end)]
    assert groups.of_user(here.person.id, at=end) == []
    assert [member.user.id for member in groups.members_page(here.group.id).items] == [here.person.id]


def test_lists_go_from_a_to_z_and_back(uow: UnitOfWork) -> None:
    names = ["alpha", "Bravo", "charlie", "Delta", "echo"]
    uow.session.add_all(Group(name=name, created_at=uow.now) for name in reversed(names))
    uow.session.flush()
    groups = Groups(uow.session)
    first = groups.page(size=2)
    second = groups.page(size=2, before=first.older)
    third = groups.page(size=2, before=second.older)
    pages = [[group.name for group in page.items] for page in (first, second, third)]
    assert pages == [["alpha", "Bravo"], ["charlie", "Delta"], ["echo"]]
    assert (first.newer, third.older) == (None, None)
    back = groups.page(size=2, after=third.newer)
    assert [group.name for group in back.items] == ["charlie", "Delta"]
    assert [group.name for group in groups.page(size=2, after=back.newer).items] == ["alpha", "Bravo"]
    assert groups.page(size=2, after=back.newer).newer is None
    assert [group.name for group in groups.page(search="  RAV ").items] == ["Bravo"]
    assert groups.page(search="%").items == []


def test_the_roles_of_a_whole_page_of_people_are_one_statement(
    portal: Portal, add_person: Callable[..., User]
) -> None:
    people = [add_person(f"p{number}@example.org") for number in range(5)]
    with portal.reading() as session, statements(portal.engine) as asked:
        found = Roles(session).names_of_users([user.id for user in people], at=portal.ports.clock.now())
    assert set(map(tuple, found.values())) == {("user",)}
    assert len(asked) == 1
