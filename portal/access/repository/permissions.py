"""Questions about what roles permit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Permission, Resource, Role
from portal.access.repository.holdings import holdings
from portal.access.rules import PermissionSet
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = ["PermissionEntry", "Permissions", "Permitted"]


@dataclass(frozen=True, slots=True)
class Permitted:
    """One thing that a role permits; without conditions it permits always."""

    resource_id: UUID
    resource: str
    action: str
    conditions: dict[str, Any] | None

    @property
    def key(self) -> str:
        """As the audit log has it. Actions hold no colon, so that the last one parts the two."""
        return f"{self.resource}:{self.action}"


@dataclass(frozen=True, slots=True)
class PermissionEntry:
    """The same as a row of its own, for whoever lists them."""

    id: UUID
    resource: str
    action: str
    conditions: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PermissionOfRole:
    """A permission with the role that has it and the resource that it speaks of."""

    row: Permission
    role: Role
    resource: Resource

    @property
    def id(self) -> UUID:
        return self.row.id


class Permissions:
    """What roles permit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_user(self, user_id: UUID, *, at: datetime) -> PermissionSet:
        """Every unconditional permission of the person at that moment, in one statement.

        A permission with conditions is no permission here: only the resolver that evaluates them may grant it.
        """
        held = holdings(at, user_id=user_id)
        query = (
            select(Resource.name, Permission.action)
            .join(Permission, Permission.resource_id == Resource.id)
            .join(held, held.c.role_id == Permission.role_id)
            .where(Permission.conditions.is_(None))
            .distinct()
        )
        return frozenset((name, action) for name, action in self._session.execute(query))

    def of_role(self, role_id: UUID) -> Sequence[Permitted]:
        """What the role permits, by resource."""
        return self.of_roles([role_id]).get(role_id, ())

    def of_roles(self, role_ids: Sequence[UUID]) -> dict[UUID, Sequence[Permitted]]:
        """What each of these roles permits, by resource, in one statement."""
        query = (
            select(Permission.role_id, Resource.id, Resource.name, Permission.action, Permission.conditions)
            .join(Resource, Resource.id == Permission.resource_id)
            .where(Permission.role_id.in_(role_ids))
            .order_by(Resource.name, Permission.action)
        )
        found: dict[UUID, list[Permitted]] = {}
        for role_id, *rest in self._session.execute(query):
            found.setdefault(role_id, []).append(Permitted(*rest))
        return {role_id: tuple(permitted) for role_id, permitted in found.items()}

    def entries_of_roles(self, role_ids: Collection[UUID]) -> dict[UUID, Sequence[PermissionEntry]]:
        """The same, each with its id, in one statement."""
        query = (
            select(Permission.role_id, Permission.id, Resource.name, Permission.action, Permission.conditions)
            .join(Resource, Resource.id == Permission.resource_id)
            .where(Permission.role_id.in_(role_ids))
            .order_by(Resource.name, Permission.action)
        )
        found: dict[UUID, list[PermissionEntry]] = {}
        for role_id, *rest in self._session.execute(query):
            found.setdefault(role_id, []).append(PermissionEntry(*rest))
        return {role_id: tuple(entries) for role_id, entries in found.items()}

    def rows_of(self, role_id: UUID) -> Sequence[Permission]:
        return self._session.scalars(select(Permission).where(Permission.role_id == role_id)).all()

    def page(
        self,
        *,
        role_id: UUID | None = None,
        resource: str | None = None,
        action: str | None = None,
        is_conditional: bool | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[PermissionOfRole]:
        """Every permission of every role, the latest first, in three statements."""
        query = select(Permission)
        if role_id is not None:
            query = query.where(Permission.role_id == role_id)
        if resource is not None:
            query = query.where(
                Permission.resource_id.in_(select(Resource.id).where(Resource.name == resource))
            )
        if action is not None:
            query = query.where(Permission.action == action)
        if is_conditional is not None:
            has_none = Permission.conditions.is_(None)
            query = query.where(~has_none if is_conditional else has_none)
        page = keyset_page(self._session, query, Permission.id, before=before, after=after, size=size)
        roles = self._session.scalars(select(Role).where(Role.id.in_({row.role_id for row in page.items})))
        things = self._session.scalars(
            select(Resource).where(Resource.id.in_({row.resource_id for row in page.items}))
        )
        role_of, resource_of = {role.id: role for role in roles}, {thing.id: thing for thing in things}
        items = [
            PermissionOfRole(row, role_of[row.role_id], resource_of[row.resource_id]) for row in page.items
        ]
        return Page(items, page.older, page.newer)
