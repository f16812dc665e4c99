"""What a person holds, in one statement: roles, groups and permissions, with the end of each way to them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    Uuid,
    bindparam,
    exists,
    false,
    literal,
    select,
    union_all,
)

from portal.access.models import Group, GroupMember, Permission, Resource, Role
from portal.access.repository.holdings import holdings, runs
from portal.clients.models import ClientGroup, ClientRole
from portal.grants.repository.lives import AT
from portal.grants.rules.holdings import Holdings, Way
from portal.infra.plain_rows import Asker
from portal.infra.prepared import Prepared

Rows: TypeAlias = Select[*tuple[Any, ...]]

_USER: Final[ColumnElement[UUID]] = bindparam("user_id", type_=Uuid())
_CLIENT: Final[ColumnElement[UUID]] = bindparam("client_pk", type_=Uuid())
PORTAL: Final = "portal"
"""The type of the portal's own rooms. What somebody may do in the console is no app's business."""


def _roles(held: Subquery) -> Rows:
    opens = exists().where(ClientRole.client_pk == _CLIENT, ClientRole.role_id == held.c.role_id)
    return select(literal("roles"), Role.name, held.c.ends_at, opens).join(held, held.c.role_id == Role.id)


def _groups() -> Rows:
    opens = exists().where(ClientGroup.client_pk == _CLIENT, ClientGroup.group_id == GroupMember.group_id)
    return (
        select(literal("groups"), Group.name, GroupMember.expires_at, opens)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.user_id == _USER, runs(GroupMember.expires_at, AT))
    )


def _permissions(held: Subquery) -> Rows:
    """Unconditional ones only: an app can't know what the others hang on, so it is told nothing of them."""
    name = Resource.name + ":" + Permission.action
    return (
        select(literal("permissions"), name, held.c.ends_at, false())
        .select_from(held)
        .join(Permission, Permission.role_id == held.c.role_id)
        .join(Resource, Resource.id == Permission.resource_id)
        .where(Permission.conditions.is_(None), Resource.type != PORTAL)
    )


def _statement(*, with_permissions: bool) -> CompoundSelect[*tuple[Any, ...]]:
    held = holdings(AT, user_id=_USER)
    parts = [_roles(held), _groups(), *([_permissions(held)] if with_permissions else [])]
    return union_all(*parts)


_STATEMENTS: Final = {asked: Prepared(_statement(with_permissions=asked)) for asked in (False, True)}
"""Built once, like those that read tokens."""


def holdings_of(
    session: Asker, user_id: UUID, client_pk: UUID, *, claims: Collection[str], at: datetime
) -> Holdings:
    """What the person holds at that moment, as far as it is behind these claims or opens the client to them."""
    statement = _STATEMENTS["permissions" in claims]
    rows = statement.all(session, {"user_id": user_id, "client_pk": client_pk, "at": at})
    return Holdings(
        Way(claim=claim, name=name, ends_at=ends_at, opens=bool(opens))
        for claim, name, ends_at, opens in rows
    )
