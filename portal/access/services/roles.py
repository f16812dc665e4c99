"""Steps that several use cases share: the built-in roles, and giving one to a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.errors import RoleUnknown
from portal.access.events import RoleAssigned
from portal.access.models import Permission, Resource, Role, UserRole
from portal.access.repository import Permissions, Roles
from portal.access.rules import ADMINISTRATOR, AUDITOR, DEFAULT_ROLE, PORTAL_RESOURCES, PermissionSet, permits
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

__all__ = ["assign_role", "ensure_built_in_roles", "permissions_of", "permits"]

BUILT_IN_ROLES = {
    ADMINISTRATOR: (
        "Manages everything in the portal.",
        [(resource, "admin") for resource in PORTAL_RESOURCES],
    ),
    AUDITOR: ("Reads everything, changes nothing.", [(resource, "read") for resource in PORTAL_RESOURCES]),
    DEFAULT_ROLE: ("Everybody with an account.", []),
}


def permissions_of(session: Session, user_id: UUID, *, at: datetime) -> PermissionSet:
    """What the person may do at that moment, for guards and for the principal of a request."""
    return Permissions(session).of_user(user_id, at=at)


def assign_role(
    uow: UnitOfWork, name: str, *, to: Ref, expires_at: datetime | None = None, reason: str | None = None
) -> None:
    """Give a person a role; nothing happens if they hold it already.

    Raises:
        RoleUnknown: no role has that name.
    """
    roles = Roles(uow.session)
    role = roles.by_name(name)
    if role is None:
        raise RoleUnknown(name)
    if roles.is_assigned(to.id, role.id):
        return
    uow.session.add(
        UserRole(
            user_id=to.id,
            role_id=role.id,
            assigned_at=uow.now,
            expires_at=expires_at,
            reason=reason,
            assigned_by=uow.actor.id,
        )
    )
    after = {"role": name, "expires_at": expires_at.isoformat() if expires_at else None}
    uow.publish(RoleAssigned(touched=(to, role.ref), after=after, reason=reason))


def ensure_built_in_roles(uow: UnitOfWork) -> None:
    """The portal's own resources and system roles, made at the first start and completed by later releases."""
    uow.lock("access.built_in")
    roles = Roles(uow.session)
    if all(roles.by_name(name) for name in BUILT_IN_ROLES):
        return
    resources = {name: Resource(name=name, type="portal") for name in PORTAL_RESOURCES}
    uow.session.add_all(resources.values())
    uow.session.flush()
    for name, (description, permissions) in BUILT_IN_ROLES.items():
        role = Role(name=name, description=description, is_system=True, created_at=uow.now)
        uow.session.add(role)
        uow.session.flush()
        uow.session.add_all(
            Permission(role_id=role.id, resource_id=resources[resource].id, action=action)
            for resource, action in permissions
        )
