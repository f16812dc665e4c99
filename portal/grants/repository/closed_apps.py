"""Questions about apps that are closed to somebody, and about who could open them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.access.repository.named_pages import containing
from portal.accounts.models import User
from portal.clients.models import Client, ClientGroup, ClientRole
from portal.grants.repository.lives import may_use

__all__ = ["ClosedApps"]


class ClosedApps:
    """Apps that people sign in to, but not everybody."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, user_id: UUID, *, at: datetime, search: str = "", most: int) -> Sequence[Client]:
        """What this person can't use at that moment, by name."""
        query = _closed_to(user_id, at).where(*containing(search, Client.client_name))
        return self._session.scalars(query.order_by(func.lower(Client.client_name)).limit(most)).all()

    def find(self, client_pk: UUID, user_id: UUID, *, at: datetime) -> Client | None:
        """One of them; None if there is no such app, or they can use it."""
        return self._session.scalar(_closed_to(user_id, at).where(Client.id == client_pk))

    def opened_by(self, *, roles: Collection[UUID], groups: Collection[UUID]) -> set[UUID]:
        """The apps that any of these roles and groups opens."""
        by_role = select(ClientRole.client_pk).where(ClientRole.role_id.in_(roles))
        by_group = select(ClientGroup.client_pk).where(ClientGroup.group_id.in_(groups))
        return set(self._session.scalars(by_role.union(by_group)))


def _closed_to(user_id: UUID, at: datetime) -> Select[Client]:
    """Active apps that sign people in, and not this one. Without a role or a group that opens it, nobody can answer."""
    opens = or_(
        select(ClientRole.id).where(ClientRole.client_pk == Client.id).exists(),
        select(ClientGroup.id).where(ClientGroup.client_pk == Client.id).exists(),
    )
    return (
        select(Client)
        .join(User, User.id == user_id)
        .where(Client.is_active, Client.kind != "service", opens, ~may_use(User.id, at=at))
    )
