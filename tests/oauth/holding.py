"""People get roles, groups and permissions for tests, each in one line."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.access.models import Group, GroupMember, GroupRole, Permission, Resource, Role, UserRole
from portal.accounts.models import User
from portal.infra.actor import SYSTEM

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork


def make_role(portal: "Portal", name: str) -> Role:
    with portal.unit_of_work(SYSTEM) as uow:
        role = Role(name=name, created_at=uow.now)
        uow.session.add(role)
        return role


def make_group(portal: "Portal", name: str) -> Group:
    with portal.unit_of_work(SYSTEM) as uow:
        group = Group(name=name, created_at=uow.now)
        uow.session.add(group)
        return group


def give(portal: "Portal", user: User, role: Role, *, until: datetime | None = None) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.add(UserRole(user_id=user.id, role_id=role.id, assigned_at=uow.now, expires_at=until))


def prolong(portal: "Portal", user: User, role: Role, *, until: datetime | None) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        _held(uow, user, role).expires_at = until


def take(portal: "Portal", user: User, role: Role) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.delete(_held(uow, user, role))


def join(portal: "Portal", user: User, group: Group, *, until: datetime | None = None) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        member = GroupMember(group_id=group.id, user_id=user.id, added_at=uow.now, expires_at=until)
        uow.session.add(member)


def give_group(portal: "Portal", group: Group, role: Role, *, until: datetime | None = None) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.add(GroupRole(group_id=group.id, role_id=role.id, assigned_at=uow.now, expires_at=until))


def permit(
    portal: "Portal",
    role: Role,
    resource: str,
    action: str,
    *,
    conditions: dict[str, Any] | None = None,
) -> None:
    """On a resource that is made where there is none of the name yet."""
    with portal.unit_of_work(SYSTEM) as uow:
        row = uow.session.scalar(select(Resource).where(Resource.name == resource))
        if row is None:
            row = Resource(name=resource, type="service")
            uow.session.add(row)
            uow.session.flush()
        uow.session.add(Permission(role_id=role.id, resource_id=row.id, action=action, conditions=conditions))


def _held(uow: "UnitOfWork", user: User, role: Role) -> UserRole:
    return uow.session.scalars(
        select(UserRole).where(UserRole.user_id == user.id, UserRole.role_id == role.id)
    ).one()
