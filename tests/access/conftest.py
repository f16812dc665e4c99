"""Operators, roles and groups for the tests of access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.access.models import Group, Resource, Role
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource
from portal.access.usecases.roles import create_role
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import CLI, Actor
from tests.access.asking import Asking
from tests.access.reviewing import Reviewing

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.audit.repository import Entry
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork

AddPerson = Callable[..., "User"]


class House:
    """A portal with an administrator (Ada), and short ways to furnish it."""

    def __init__(self, portal: Portal, ada: User) -> None:
        self.portal, self.ada = portal, ada

    def acting(self, person: User | None = None) -> UnitOfWork:
        """A unit of work in which that person acts, or else the command line."""
        return self.portal.unit_of_work(actor_of(person) if person else CLI)

    def role(self, name: str, **permitted: list[str]) -> Role:
        """A role that permits these actions on the resources, which are made where there are none."""
        with self.acting() as uow:
            role = create_role(uow, CreateRole(name=name))
            wishes = [
                PermissionWish(resource_id=self.resource(uow, resource), action=action)
                for resource, actions in permitted.items()
                for action in actions
            ]
            set_permissions(uow, role.id, SetPermissions(permissions=tuple(wishes)))
        return role

    def resource(self, uow: UnitOfWork, name: str) -> UUID:
        found = uow.session.scalar(select(Resource).where(Resource.name == name))
        return (found or create_resource(uow, CreateResource(name=name, type="app"))).id

    def built_in(self, name: str) -> Role:
        with self.portal.reading() as session:
            return session.scalars(select(Role).where(Role.name == name)).one()

    def group(self, name: str, *, members: tuple[User, ...] = (), roles: tuple[Role, ...] = ()) -> Group:
        with self.acting() as uow:
            group = create_group(uow, CreateGroup(name=name))
            for role in roles:
                give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
            for member in members:
                add_member(uow, group.id, AddMember(user_id=member.id))
        return group

    def give(self, person: User, role: Role, **form: Any) -> None:  # noqa: ANN401 - whatever the form takes
        with self.acting() as uow:
            give_role(uow, person.id, GiveRole(role_id=role.id, **form))

    def told(self, *beginnings: str) -> list[Entry]:
        """Entries of the audit log whose action begins so, the oldest first."""
        with self.portal.reading() as session:
            entries = AuditEntries(session).page(AuditFilter(), size=500).items
        return [entry for entry in reversed(entries) if entry.action.startswith(beginnings)]


def actor_of(person: User) -> Actor:
    """The person at a browser."""
    return replace(CLI, kind="user", id=person.id, label=person.username)


@pytest.fixture
def house(portal: Portal, add_person: AddPerson) -> House:
    return House(portal, add_person("ada@example.org", administrator=True))


@pytest.fixture
def asking(portal: Portal) -> Asking:
    """Short ways to ask for something, and to answer."""
    return Asking(portal)


@pytest.fixture
def reviewing(portal: Portal) -> Reviewing:
    """Short ways to start a review, and to give verdicts in it."""
    return Reviewing(portal)


@pytest.fixture
def rosa(add_person: AddPerson) -> User:
    """Who asks."""
    return add_person("rosa@example.org", name="Rosa Diaz")


@pytest.fixture
def olga(add_person: AddPerson) -> User:
    """Who looks after something, and may do nothing else."""
    return add_person("olga@example.org", name="Olga Berg")
