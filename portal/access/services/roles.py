"""Steps that several use cases share: the built-in roles, and giving one to a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.errors import RoleUnknown
from portal.access.events import BuiltInRolesCompleted
from portal.access.models import Permission, Resource, Role
from portal.access.repository import Permissions, Roles
from portal.access.rules import (
    ACCESS,
    ADMINISTRATOR,
    AUDITOR,
    DEFAULT_ROLE,
    PORTAL_RESOURCES,
    PermissionSet,
    permits,
)
from portal.access.services.giving import give_role_to, has_ended
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
    uow: UnitOfWork,
    name: str,
    *,
    to: Ref,
    expires_at: datetime | None = None,
    reason: str | None = None,
    is_new: bool = False,
) -> None:
    """Give a person a role; nothing happens if they hold it already. `is_new`: their account is of this transaction.

    Raises:
        RoleUnknown: no role has that name.
    """
    roles = Roles(uow.session)
    role = roles.by_name(name)
    if role is None:
        raise RoleUnknown(name)
    row = None if is_new else roles.assignment(to.id, role.id)
    if row is None or has_ended(row.expires_at, at=uow.now):
        give_role_to(uow, to, role, expires_at=expires_at, reason=reason, is_new=is_new)


def ensure_built_in_roles(uow: UnitOfWork) -> None:
    """The portal's own resources and system roles, made at the first start and completed by later releases.

    What an operator added to a system role stays; what is missing of its own permissions comes back.
    """
    uow.lock(ACCESS)
    resources = _ensure_resources(uow)
    roles = {
        role.name: role for role in uow.session.scalars(select(Role).where(Role.name.in_(BUILT_IN_ROLES)))
    }
    for name, (description, _) in BUILT_IN_ROLES.items():
        if name not in roles:
            roles[name] = Role(name=name, description=description, is_system=True, created_at=uow.now)
            uow.session.add(roles[name])
    uow.session.flush()
    held = {
        (role_id, resource_id, action)
        for role_id, resource_id, action in uow.session.execute(
            select(Permission.role_id, Permission.resource_id, Permission.action).where(
                Permission.role_id.in_(role.id for role in roles.values())
            )
        )
    }
    missing = [
        Permission(role_id=roles[name].id, resource_id=resources[resource].id, action=action)
        for name, (_, permissions) in BUILT_IN_ROLES.items()
        for resource, action in permissions
        if (roles[name].id, resources[resource].id, action) not in held
    ]
    if missing:
        uow.session.add_all(missing)
        uow.publish(BuiltInRolesCompleted(details={"permissions": len(missing)}))


def _ensure_resources(uow: UnitOfWork) -> dict[str, Resource]:
    found = {
        row.name: row
        for row in uow.session.scalars(select(Resource).where(Resource.name.in_(PORTAL_RESOURCES)))
    }
    made = {name: Resource(name=name, type="portal") for name in PORTAL_RESOURCES if name not in found}
    uow.session.add_all(made.values())
    uow.session.flush()
    return found | made
