"""What hangs on a signing key: counted roughly, for whoever is about to revoke it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.clients.models import Client
from portal.grants.models import RefreshToken, SigningKey, TokenFamily

MOST_COUNTED: Final = 10_000
"""Nobody decides otherwise because of the next one, and counting takes a moment of everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEffect:
    """What ends with a key."""

    access_tokens: int
    """Sign-ins whose present access token is signed by it, up to one more than are counted. Tokens with which apps
    speak for themselves leave nothing behind by which to count them.
    """
    apps: int
    """Apps that have somebody signed in and take ID tokens of its algorithm."""

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.access_tokens > MOST_COUNTED


def effect_of(
    session: Session, key: SigningKey, *, signs_access_tokens: bool, lifetime: timedelta, at: datetime
) -> KeyEffect:
    """What revoking the key would end now; `lifetime` is that of an access token."""
    access_tokens = 0
    began = key.activated_at
    if signs_access_tokens and began is not None:
        start, end = max(began, at - lifetime), key.retired_at or at
        access_tokens = _families_served(session, start=start, end=end, at=at) if start <= end else 0
    return KeyEffect(access_tokens=access_tokens, apps=_apps(session, key.algorithm, at=at) if began else 0)


def _families_served(session: Session, *, start: datetime, end: datetime, at: datetime) -> int:
    """Families that began, or were refreshed, in that time, and that nobody has ended since."""
    refreshed = (
        select(RefreshToken.id)
        .where(RefreshToken.family_id == TokenFamily.id, RefreshToken.created_at.between(start, end))
        .exists()
    )
    served = (
        select(TokenFamily.id)
        .where(
            TokenFamily.revoked_at.is_(None),
            TokenFamily.expires_at > at,
            or_(TokenFamily.created_at.between(start, end), refreshed),
        )
        .limit(MOST_COUNTED + 1)
    )
    return session.scalar(select(func.count()).select_from(served.subquery())) or 0


def _apps(session: Session, algorithm: str, *, at: datetime) -> int:
    signed_in = (
        select(TokenFamily.id)
        .where(
            TokenFamily.client_pk == Client.id, TokenFamily.revoked_at.is_(None), TokenFamily.expires_at > at
        )
        .exists()
    )
    query = select(func.count()).where(Client.id_token_signed_response_alg == algorithm, signed_in)
    return session.scalar(query.select_from(Client)) or 0
