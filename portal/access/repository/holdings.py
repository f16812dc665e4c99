"""Who holds a role: given to the person, or by a group that they are in. The one place that knows both ways."""

from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Uuid,
    bindparam,
    case,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from portal.access.models import Group, GroupMember, GroupRole, Role, UserRole
from portal.infra.db import UtcDateTime
from portal.infra.prepared import Prepared

Ends: TypeAlias = InstrumentedAttribute[datetime | None]
Moment: TypeAlias = datetime | ColumnElement[datetime]
"""A time, or the parameter that stands for it in a statement that is built once."""
Rows: TypeAlias = Select[UUID, UUID, UUID | None, datetime | None]


def runs(expires_at: Ends, at: Moment) -> ColumnElement[bool]:
    """What is given until a date ends then by itself, whether or not anything ever sweeps it."""
    return or_(expires_at.is_(None), expires_at > at)


def _held_by() -> Select[*tuple[Any, ...]]:
    at, user_id = bindparam("at", type_=UtcDateTime()), bindparam("user_id", type_=Uuid())
    held = holdings(at, user_id=user_id)
    return (
        select(Role.id, Role.name, held.c.group_id, Group.name.label("group_name"), held.c.ends_at)
        .join(held, held.c.role_id == Role.id)
        .outerjoin(Group, Group.id == held.c.group_id)
        .order_by(Role.name, Group.name.is_not(None), Group.name)
    )


def holdings(
    at: Moment,
    *,
    user_id: UUID | ColumnElement[UUID] | None = None,
    users: Select[UUID] | None = None,
    roles: Select[UUID] | None = None,
) -> Subquery:
    """Columns `user_id`, `role_id`, `group_id` and `ends_at`: one row for each way in which somebody holds a role.

    Both ways are narrowed to the people and roles asked for before they are put together.
    """
    given, through = _given(at), _through_groups(at)
    if user_id is not None:
        given, through = (
            given.where(UserRole.user_id == user_id),
            through.where(GroupMember.user_id == user_id),
        )
    if users is not None:
        given, through = (
            given.where(UserRole.user_id.in_(users)),
            through.where(GroupMember.user_id.in_(users)),
        )
    if roles is not None:
        given, through = given.where(UserRole.role_id.in_(roles)), through.where(GroupRole.role_id.in_(roles))
    return union_all(given, through).subquery("holdings")


def _given(at: Moment) -> Rows:
    return select(
        UserRole.user_id.label("user_id"),
        UserRole.role_id.label("role_id"),
        literal(None, Uuid()).label("group_id"),
        UserRole.expires_at.label("ends_at"),
    ).where(runs(UserRole.expires_at, at))


def _through_groups(at: Moment) -> Rows:
    return (
        select(
            GroupMember.user_id.label("user_id"),
            GroupRole.role_id.label("role_id"),
            GroupMember.group_id.label("group_id"),
            _earlier(GroupMember.expires_at, GroupRole.expires_at).label("ends_at"),
        )
        .join(GroupRole, GroupRole.group_id == GroupMember.group_id)
        .where(runs(GroupMember.expires_at, at), runs(GroupRole.expires_at, at))
    )


def _earlier(one: Ends, other: Ends) -> ColumnElement[datetime | None]:
    """The earlier of two ends, None being never; the databases disagree on what their own functions make of a null."""
    sooner = case((one.is_(None), other), (other.is_(None), one), (one < other, one), else_=other)
    return type_coerce(sooner, UtcDateTime())


HELD_BY: Final = Prepared(_held_by())
"""Every way in which one person holds a role: id and name of the role, id and name of the group, the earliest end."""
