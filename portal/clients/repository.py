"""Questions about apps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.clients.errors import ClientNotFound
from portal.clients.models import Client, ClientRole, ClientSecret
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = ["Client", "ClientSecret", "ClientSecrets", "ClientState", "Clients"]

ClientState = Literal["active", "disabled"]


class Clients:
    """Every registered app."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, client_pk: UUID) -> Client | None:
        return self._session.get(Client, client_pk)

    def get(self, client_pk: UUID) -> Client:
        """By the id of its row.

        Raises:
            ClientNotFound: no such row.
        """
        client = self.find(client_pk)
        if client is None:
            raise ClientNotFound
        return client

    def get_to_change(self, client_pk: UUID) -> Client:
        """The same, locked until the end of the unit, so that what the audit log calls "before" is true.

        Raises:
            ClientNotFound: no such row.
        """
        client = self._session.scalar(select(Client).where(Client.id == client_pk).with_for_update())
        if client is None:
            raise ClientNotFound
        return client

    def by_client_id(self, client_id: str) -> Client | None:
        return self._session.scalar(select(Client).where(Client.client_id == client_id))

    def exist(self) -> bool:
        """Whether any app was ever registered and is still there."""
        return self._session.scalar(select(exists().select_from(Client))) is True

    def seen_a_sign_in(self) -> bool:
        """Whether anybody has ever signed in to one of the apps."""
        return self._session.scalar(select(exists().where(Client.first_sign_in_at.is_not(None)))) is True

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(Client)) or 0

    def page(
        self,
        *,
        search: str = "",
        state: ClientState | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Client]:
        """Newest first. `before` goes on to older apps, `after` back to newer ones."""
        query = _in_state(_matching(select(Client), search), state)
        return keyset_page(self._session, query, Client.id, before=before, after=after, size=size)

    def role_ids_of(self, client_pk: UUID) -> set[UUID]:
        """The roles whose holders may use the app; they matter only where not everyone may."""
        return set(self._session.scalars(select(ClientRole.role_id).where(ClientRole.client_pk == client_pk)))

    def roles_of(self, client_pk: UUID) -> Sequence[ClientRole]:
        return self._session.scalars(select(ClientRole).where(ClientRole.client_pk == client_pk)).all()


class ClientSecrets:
    """The secrets of confidential clients, as digests."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def live_of(self, client_pk: UUID, *, at: datetime) -> list[ClientSecret]:
        """Those that still work, newest first."""
        query = select(ClientSecret).where(
            ClientSecret.client_pk == client_pk,
            ClientSecret.revoked_at.is_(None),
            or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > at),
        )
        return list(self._session.scalars(query.order_by(ClientSecret.id.desc())))


def _matching(query: Select[Client], search: str) -> Select[Client]:
    """Part of the name, or the whole `client_id` as it is pasted from somewhere."""
    text = search.strip()
    if not text:
        return query
    named = func.lower(Client.client_name).contains(text.lower(), autoescape=True)
    return query.where(or_(named, Client.client_id == text))


def _in_state(query: Select[Client], state: ClientState | None) -> Select[Client]:
    match state:
        case "active":
            return query.where(Client.is_active)
        case "disabled":
            return query.where(~Client.is_active)
        case None:
            return query
