"""Questions about who looks after what: owners of roles, administrators of groups, and whoever may decide on all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal, or_, select
from sqlalchemy.orm import Session

from portal.access.models import (
    Group,
    GroupAdministrator,
    GroupMember,
    GroupRole,
    Permission,
    Resource,
    Role,
)
from portal.access.repository.holdings import holdings, runs
from portal.access.rules import PermissionSet
from portal.accounts.models import User
from portal.infra.events import Ref


@dataclass(frozen=True, slots=True)
class Duties:
    """The roles that a person owns and the groups that they administer."""

    roles: frozenset[UUID] = frozenset()
    groups: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.roles or self.groups)

    @property
    def ids(self) -> frozenset[UUID]:
        return self.roles | self.groups


class Stewards:
    """People who look after a role or a group, and people who may decide on any."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def duties_of(self, user_id: UUID) -> Duties:
        """What this person looks after, in one statement."""
        owned = select(literal("role"), Role.id).where(Role.owner_id == user_id)
        administered = select(literal("group"), GroupAdministrator.group_id).where(
            GroupAdministrator.user_id == user_id
        )
        found = self._session.execute(owned.union_all(administered)).all()
        return Duties(
            roles=frozenset(row_id for kind, row_id in found if kind == "role"),
            groups=frozenset(row_id for kind, row_id in found if kind == "group"),
        )

    def of(self, things: Collection[Ref], *, most: int) -> Sequence[User]:
        """Active people who look after any of these roles and groups."""
        ids = [ref.id for ref in things]
        owners = select(Role.owner_id).where(Role.id.in_(ids), Role.owner_id.is_not(None))
        administrators = select(GroupAdministrator.user_id).where(GroupAdministrator.group_id.in_(ids))
        return self._active(or_(User.id.in_(owners), User.id.in_(administrators)), most=most)

    def permitted(self, action: str, resource: str, *, at: datetime, most: int) -> Sequence[User]:
        """Active people whose roles, their own or a group's, permit this without any condition."""
        roles = (
            select(Permission.role_id)
            .join(Resource, Resource.id == Permission.resource_id)
            .where(
                Resource.name == resource,
                Permission.action.in_((action, "admin")),
                Permission.conditions.is_(None),
            )
        )
        return self._active(User.id.in_(_holders(roles, at)), most=most)

    def permissions_in(self, thing: Ref, *, at: datetime) -> PermissionSet:
        """Everything that the role, or a role of the group, permits; a condition makes it no smaller here."""
        roles = select(GroupRole.role_id).where(
            GroupRole.group_id == thing.id, runs(GroupRole.expires_at, at)
        )
        query = (
            select(Resource.name, Permission.action)
            .join(Permission, Permission.resource_id == Resource.id)
            .where(or_(Permission.role_id == thing.id, Permission.role_id.in_(roles)))
            .distinct()
        )
        return frozenset((name, action) for name, action in self._session.execute(query))

    def holds(self, user_id: UUID, thing: Ref, *, at: datetime) -> bool:
        """Whether the person holds the role, itself or by a group, or is in the group."""
        found = holders(thing, at).subquery()
        return self._session.scalar(select(exists().where(found.c.user_id == user_id))) is True

    def still_there(self, things: Collection[Ref]) -> list[Ref]:
        """Those of the roles and groups that there are, under today's names, in the given order."""
        ids = [ref.id for ref in things]
        roles = select(literal("role"), Role.id, Role.name).where(Role.id.in_(ids))
        groups = select(literal("group"), Group.id, Group.name).where(Group.id.in_(ids))
        found = {row[1]: Ref(*row) for row in self._session.execute(roles.union_all(groups))}
        return [found[row_id] for row_id in ids if row_id in found]

    def _active(self, condition: ColumnElement[bool], *, most: int) -> Sequence[User]:
        query = select(User).where(condition, User.is_active).order_by(User.id).limit(most)
        return self._session.scalars(query).all()


def holders(thing: Ref, at: datetime) -> Select[UUID]:
    """Ids of the people who hold the role, themselves or by a group, or are in the group, at that moment."""
    if thing.type == "group":
        return select(GroupMember.user_id).where(
            GroupMember.group_id == thing.id, runs(GroupMember.expires_at, at)
        )
    return _holders(select(Role.id).where(Role.id == thing.id), at)


def _holders(roles: Select[UUID], at: datetime) -> Select[UUID]:
    return select(holdings(at, roles=roles).c.user_id).distinct()
