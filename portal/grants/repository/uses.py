"""Questions about when people last used what a role opens, for those who look again at who holds it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.clients.models import ClientGroup, ClientRole
from portal.grants.models import Grant, RefreshToken, TokenFamily
from portal.infra.events import Ref

__all__ = ["Uses"]


class Uses:
    """Use of the apps that one role or group opens: consents given and tokens renewed."""

    def __init__(self, session: Session, thing: Ref) -> None:
        self._session = session
        self._apps = (
            select(ClientRole.client_pk).where(ClientRole.role_id == thing.id)
            if thing.type == "role"
            else select(ClientGroup.client_pk).where(ClientGroup.group_id == thing.id)
        )

    def are_known(self) -> bool:
        """Whether it opens any app at all; without one only sign-ins tell who uses it."""
        return self._session.scalar(select(self._apps.exists())) is True

    def last_of(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When each of these people last used any of the apps; who never did is missing."""
        allowed = (
            select(Grant.user_id, func.max(Grant.last_used_at))
            .where(Grant.client_pk.in_(self._apps), Grant.user_id.in_(user_ids))
            .group_by(Grant.user_id)
        )
        renewed = (
            select(TokenFamily.user_id, func.max(RefreshToken.created_at))
            .join(RefreshToken, RefreshToken.family_id == TokenFamily.id)
            .where(TokenFamily.client_pk.in_(self._apps), TokenFamily.user_id.in_(user_ids))
            .group_by(TokenFamily.user_id)
        )
        last: dict[UUID, datetime] = {}
        for query in (allowed, renewed):
            for user_id, at in self._session.execute(query):
                last[user_id] = max(at, last.get(user_id, at))
        return last

    def by(self, *, since: datetime) -> Select[UUID]:
        """Who used any of them from that moment on, for the question of who did not."""
        allowed = select(Grant.user_id).where(Grant.client_pk.in_(self._apps), Grant.last_used_at >= since)
        renewed = (
            select(TokenFamily.user_id)
            .join(RefreshToken, RefreshToken.family_id == TokenFamily.id)
            .where(TokenFamily.client_pk.in_(self._apps), RefreshToken.created_at >= since)
        )
        either = allowed.union(renewed).subquery()
        return select(either.c.user_id)
