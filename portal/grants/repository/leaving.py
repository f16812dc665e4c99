"""Questions about what has to be said when people leave, and about what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Select, or_, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.clients.rules.switches import Switches
from portal.grants.models import LogoutNotice, SessionClient, TokenFamily
from portal.infra.outbox import OutboxMessage
from portal.infra.repository import FORGET_AT_ONCE, PAGE_SIZE, Page, forget_some, keyset_page
from portal.sessions.models import Session as PortalSession

_Pairs: TypeAlias = Select[UUID, UUID] | Select[UUID, UUID | None]


@dataclass(frozen=True, slots=True)
class Participation:
    """A client that a session, or a person by some session, has signed in to."""

    client_pk: UUID
    session_id: UUID | None
    switches: Switches


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice with the message that carries it, as long as that is kept, and whom it is about."""

    row: LogoutNotice
    message: OutboxMessage | None
    user: User | None


class Participations:
    """Which clients have to be told."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, session_id: UUID, client_pk: UUID, *, at: datetime) -> None:
        """This session has signed in to this client; once is enough."""
        is_postgresql = self._session.get_bind().dialect.name == "postgresql"
        insert = (postgresql.insert if is_postgresql else sqlite.insert)(SessionClient)
        values = {"session_id": session_id, "client_pk": client_pk, "created_at": at}
        self._session.execute(insert.values(values).on_conflict_do_nothing())

    def of_session(self, session_id: UUID) -> list[Participation]:
        """By families too: an app may have learned to listen after the sign-in, or got its tokens at another screen."""
        noted = select(SessionClient.client_pk, SessionClient.session_id)
        issued = select(TokenFamily.client_pk, TokenFamily.session_id)
        return self._of(
            noted.where(SessionClient.session_id == session_id),
            issued.where(TokenFamily.session_id == session_id),
        )

    def of_person(self, user_id: UUID, *, epoch: int, at: datetime) -> list[Participation]:
        """Of everything that was open under this security epoch of the person."""
        noted = (
            select(SessionClient.client_pk, SessionClient.session_id)
            .join(PortalSession, PortalSession.id == SessionClient.session_id)
            .where(PortalSession.user_id == user_id, PortalSession.security_epoch == epoch)
            .where(PortalSession.ended_at.is_(None), PortalSession.expires_at > at)
        )
        issued = select(TokenFamily.client_pk, TokenFamily.session_id).where(
            TokenFamily.user_id == user_id,
            TokenFamily.security_epoch == epoch,
            TokenFamily.revoked_at.is_(None),
            TokenFamily.expires_at > at,
        )
        return self._of(noted, issued)

    def _of(self, noted: _Pairs, issued: _Pairs) -> list[Participation]:
        pairs = union(noted, issued).subquery()
        rows = self._session.execute(
            select(Client.id, pairs.c.session_id, Client.switches)
            .join(pairs, pairs.c.client_pk == Client.id)
            .order_by(Client.id, pairs.c.session_id)
        )
        return [
            Participation(client_pk, session_id, Switches.of(document))
            for client_pk, session_id, document in rows
        ]


class LogoutNotices:
    """What clients were told, and what became of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, client_pk: UUID, notice_id: UUID) -> LogoutNotice | None:
        """Of this client only."""
        row = self._session.get(LogoutNotice, notice_id)
        return row if row is not None and row.client_pk == client_pk else None

    def page(
        self,
        client_pk: UUID,
        *,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Notice]:
        """Newest first, in three statements whatever their number."""
        query = select(LogoutNotice).where(LogoutNotice.client_pk == client_pk)
        found = keyset_page(self._session, query, LogoutNotice.id, before=before, after=after, size=size)
        ids, people = [row.id for row in found.items], {row.user_id for row in found.items if row.user_id}
        messages = self._by_id(select(OutboxMessage).where(OutboxMessage.id.in_(ids)))
        users = {user.id: user for user in self._session.scalars(select(User).where(User.id.in_(people)))}
        items = [
            Notice(row, messages.get(row.id), users.get(row.user_id) if row.user_id else None)
            for row in found.items
        ]
        return Page(items, found.older, found.newer)

    def any_failed(self, client_pk: UUID, *, since: datetime) -> bool:
        """Whether the client has missed one lately, so that somebody should look."""
        query = (
            select(LogoutNotice.id)
            .join(OutboxMessage, OutboxMessage.id == LogoutNotice.id)
            .where(LogoutNotice.client_pk == client_pk, LogoutNotice.created_at > since)
            .where(or_(OutboxMessage.failed_at.is_not(None), OutboxMessage.attempts > 1))
            .where(OutboxMessage.delivered_at.is_(None))
        )
        return self._session.scalar(query.limit(1)) is not None

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, LogoutNotice.id, LogoutNotice.created_at < at, most=most)

    def _by_id(self, query: Select[OutboxMessage]) -> dict[UUID, OutboxMessage]:
        found: Sequence[OutboxMessage] = self._session.scalars(query).all()
        return {message.id: message for message in found}
