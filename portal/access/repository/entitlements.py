"""What the resolver has to know of somebody's permissions, in as many statements for one role as for a hundred."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ScalarSelect, Uuid, bindparam, case, func, select
from sqlalchemy.orm import Session

from portal.access.models import AccessEpoch, Permission, Resource, Role
from portal.infra.prepared import Prepared

__all__ = ["Entitlement", "Entitlements", "Offering", "epoch_column"]


@cache
def epoch_column() -> ScalarSelect[int]:
    """The epoch, to ride along with another question; 0 before anything ever changed. Always the same object, so that
    the question can be built once.
    """
    return select(func.coalesce(func.max(AccessEpoch.value), 0)).scalar_subquery()


_PERMITTED: Final = (
    select(Permission.role_id, Resource.name, Permission.action, Permission.conditions)
    .join(Resource, Resource.id == Permission.resource_id)
    .order_by(Resource.name, Permission.action, Permission.role_id)
)
_OF_ONE_ROLE: Final = Prepared(_PERMITTED.where(Permission.role_id == bindparam("role_id", type_=Uuid())))


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One thing that a role permits, with what it permits it on."""

    role_id: UUID
    resource: str
    action: str
    conditions: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Offering:
    """A role that permits what somebody asks about."""

    role_id: UUID
    name: str
    is_requestable: bool
    is_conditional: bool


class Entitlements:
    """Permissions as the resolver reads them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def epoch(self) -> int:
        return self._session.scalar(select(epoch_column())) or 0

    def of_roles(self, role_ids: Collection[UUID]) -> Sequence[Entitlement]:
        """Everything that these roles permit."""
        if len(role_ids) == 1:  # as most people have
            (role_id,) = role_ids
            return [Entitlement(*row) for row in _OF_ONE_ROLE.all(self._session, {"role_id": role_id})]
        query = _PERMITTED.where(Permission.role_id.in_(role_ids))
        return [Entitlement(*row) for row in self._session.execute(query)]

    def attributes_of(self, names: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """What conditions may compare of these resources: metadata, and the type, which no metadata can feign."""
        query = select(Resource.name, Resource.type, Resource.metadata_).where(Resource.name.in_(names))
        return {name: {**metadata, "type": type_} for name, type_, metadata in self._session.execute(query)}

    def offering(self, action: str, resource: str, *, most: int) -> Sequence[Offering]:
        """Roles that permit the action on the resource, by name."""
        is_conditional = case((Permission.conditions.is_(None), 0), else_=1)
        query = (
            select(Role.id, Role.name, Role.is_requestable, func.min(is_conditional))
            .join(Permission, Permission.role_id == Role.id)
            .join(Resource, Resource.id == Permission.resource_id)
            .where(Resource.name == resource, Permission.action.in_({action, "admin"}))
            .group_by(Role.id, Role.name, Role.is_requestable)
            .order_by(Role.name)
        )
        return [
            Offering(role_id, name, is_requestable, bool(needs_more))
            for role_id, name, is_requestable, needs_more in self._session.execute(query.limit(most))
        ]
