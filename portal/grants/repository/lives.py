"""What every code and token hangs on: person, grant, client, session. Read in the statement that reads the token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.access.models import GroupMember, GroupRole, UserRole
from portal.access.repository.holdings import Moment, runs
from portal.accounts.models import User
from portal.clients.models import Client, ClientGroup, ClientRole
from portal.grants.models import AuthorizationCode, DeviceCode, Grant, TokenFamily
from portal.grants.rules.scopes import OFFLINE_ACCESS
from portal.infra.db import UtcDateTime
from portal.sessions.models import Session

SERVICE: Final = "service"
Holder: TypeAlias = type[AuthorizationCode] | type[TokenFamily] | type[DeviceCode]
Rows: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Whether a code or token may still live: checked at use, so that nothing waits for a sweeper."""

    username: str
    user_is_active: bool
    user_epoch: int
    grant_revoked_at: datetime | None
    client_is_active: bool
    client_kind: str
    client_version: datetime
    client_is_open: bool
    client_first_sign_in_at: datetime | None
    client_tokens_since: datetime | None
    session_ended_at: datetime | None
    session_expires_at: datetime | None
    may_use: bool

    @property
    def client_is_service(self) -> bool:
        """Nobody signs in to it, so nobody has to be let in either."""
        return self.client_kind == SERVICE

    def end_of(
        self, *, begun_at: datetime, security_epoch: int, scope: str, at: datetime, needs_leave: bool = True
    ) -> str | None:
        """Why it is over, as a code for logs; None while it lives.

        What began before its client was disabled is over for good, whether or not that was enabled again. Without
        `offline_access` a token ends with the session that it came from (OpenID Connect Core 11).
        """
        ends = (
            (not self.user_is_active, "user_disabled"),
            (self.user_epoch != security_epoch, "security_epoch"),
            (self.grant_revoked_at is not None, "grant_revoked"),
            (not self.client_is_active, "client_disabled"),
            (not is_since(self.client_tokens_since, begun_at), "client_was_disabled"),
            (needs_leave and not self.may_use, "access_lost"),
            (OFFLINE_ACCESS not in scope.split() and not self._session_lives(at), "session_ended"),
        )
        return next((reason for has_come, reason in ends if has_come), None)

    def _session_lives(self, at: datetime) -> bool:
        return (
            self.session_ended_at is None
            and self.session_expires_at is not None
            and at < self.session_expires_at
        )


def is_since(tokens_since: datetime | None, begun_at: datetime) -> bool:
    """Whether a client was given something after all that counts no more."""
    return tokens_since is None or begun_at > tokens_since


COLUMNS: Final[dict[str, InstrumentedAttribute[Any]]] = {
    "username": User.username,
    "user_is_active": User.is_active,
    "user_epoch": User.security_epoch,
    "grant_revoked_at": Grant.revoked_at,
    "client_is_active": Client.is_active,
    "client_kind": Client.kind,
    "client_version": Client.updated_at,
    "client_is_open": Client.everyone_may_use,
    "client_first_sign_in_at": Client.first_sign_in_at,
    "client_tokens_since": Client.tokens_since,
    "session_ended_at": Session.ended_at,
    "session_expires_at": Session.expires_at,
}


AT: Final[ColumnElement[datetime]] = bindparam("at", type_=UtcDateTime())
"""The moment of the question. Statements here are built once and run with `{"at": …}`: building one costs more
than running it.
"""


def may_use(user_id: InstrumentedAttribute[UUID] | UUID, *, at: Moment) -> ColumnElement[bool]:
    """Whether a person may use the client of the surrounding statement: everyone may, or by a role that they hold
    themselves or through a group, or by a group that they are in.
    """
    by_role = (
        select(ClientRole.id)
        .join(UserRole, UserRole.role_id == ClientRole.role_id)
        .where(ClientRole.client_pk == Client.id, UserRole.user_id == user_id)
        .where(runs(UserRole.expires_at, at))
    )
    by_role_of_group = (
        select(ClientRole.id)
        .join(GroupRole, GroupRole.role_id == ClientRole.role_id)
        .join(GroupMember, GroupMember.group_id == GroupRole.group_id)
        .where(ClientRole.client_pk == Client.id, GroupMember.user_id == user_id)
        .where(runs(GroupRole.expires_at, at), runs(GroupMember.expires_at, at))
    )
    by_group = (
        select(ClientGroup.id)
        .join(GroupMember, GroupMember.group_id == ClientGroup.group_id)
        .where(ClientGroup.client_pk == Client.id, GroupMember.user_id == user_id)
        .where(runs(GroupMember.expires_at, at))
    )
    ways = (by_role, by_role_of_group, by_group)
    return or_(Client.everyone_may_use, *(exists(way.correlate(Client, User)) for way in ways))


def with_life(query: Rows, holder: Holder) -> Rows:
    """The query, joined with everything that the holder hangs on, at the moment `AT`."""
    labelled = [column.label(name) for name, column in COLUMNS.items()]
    return (
        query.add_columns(*labelled, may_use(User.id, at=AT).label("may_use"))
        .join(User, User.id == holder.user_id)
        .join(Grant, Grant.id == holder.grant_id)
        .join(Client, Client.id == holder.client_pk)
        .outerjoin(Session, Session.id == holder.session_id)
    )


def life_of(row: Row[*tuple[Any, ...]]) -> Life:
    """The life in a row that `with_life` has widened."""
    values = row._mapping  # noqa: SLF001 - the documented name access of a row
    return Life(**{name: values[name] for name in (*COLUMNS, "may_use")})
