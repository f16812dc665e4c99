"""What people have allowed apps, and what tokens came of it: lists for whoever looks after either."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.grants.models import Grant, TokenFamily
from portal.infra.repository import PAGE_SIZE, Page, keyset_page


@dataclass(frozen=True, slots=True)
class GrantLine:
    """What somebody allowed an app."""

    grant: Grant
    user: User
    client: Client


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """All tokens of one sign-in to an app."""

    family: TokenFamily
    user: User
    client: Client


class Overview:
    """The newest first. Of a person, of an app, or of everybody."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def grant(self, grant_id: UUID) -> GrantLine | None:
        """A live one, whosever it is."""
        grant = self._session.get(Grant, grant_id)
        if grant is None or grant.revoked_at is not None:
            return None
        return self._grant_lines([grant])[0]

    def grants(
        self,
        *,
        user_id: UUID | None = None,
        client_pk: UUID | None = None,
        before: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[GrantLine]:
        """Those that count."""
        query = select(Grant).where(Grant.revoked_at.is_(None), *_of(user_id, client_pk))
        page = keyset_page(self._session, query, Grant.id, before=before, size=size)
        return Page(self._grant_lines(page.items), page.older, page.newer)

    def families(
        self,
        *,
        at: datetime,
        user_id: UUID | None = None,
        client_pk: UUID | None = None,
        before: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[FamilyLine]:
        """Those of which a token may still count: not revoked, not over, nothing above them ended."""
        query = (
            select(TokenFamily)
            .join(Grant, Grant.id == TokenFamily.grant_id)
            .join(Client, Client.id == TokenFamily.client_pk)
            .join(User, User.id == TokenFamily.user_id)
            .where(
                TokenFamily.revoked_at.is_(None),
                TokenFamily.expires_at > at,
                TokenFamily.security_epoch == User.security_epoch,
                Grant.revoked_at.is_(None),
                Client.is_active.is_(True),
                or_(Client.tokens_since.is_(None), Client.tokens_since < TokenFamily.created_at),
                User.is_active.is_(True),
                *_of(user_id, client_pk),
            )
        )
        page = keyset_page(self._session, query, TokenFamily.id, before=before, size=size)
        users, clients = self._owners(page.items)
        lines = [FamilyLine(one, users[one.user_id], clients[one.client_pk]) for one in page.items]
        return Page(lines, page.older, page.newer)

    def _grant_lines(self, grants: list[Grant]) -> list[GrantLine]:
        users, clients = self._owners(grants)
        return [GrantLine(one, users[one.user_id], clients[one.client_pk]) for one in grants]

    def _owners(self, rows: list[Grant] | list[TokenFamily]) -> tuple[dict[UUID, User], dict[UUID, Client]]:
        users = self._session.scalars(select(User).where(User.id.in_({one.user_id for one in rows})))
        clients = self._session.scalars(select(Client).where(Client.id.in_({one.client_pk for one in rows})))
        return {user.id: user for user in users}, {client.id: client for client in clients}


def _of(user_id: UUID | None, client_pk: UUID | None) -> list[ColumnElement[bool]]:
    """Asked of the grant: it has an index for each."""
    wanted: list[ColumnElement[bool]] = []
    if user_id is not None:
        wanted.append(Grant.user_id == user_id)
    if client_pk is not None:
        wanted.append(Grant.client_pk == client_pk)
    return wanted
