"""Where tokens come from: a family with everything above it and every link below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.grants.models import AuthorizationCode, Grant, RefreshToken, RevokedToken, TokenFamily
from portal.sessions.models import Session as SignedIn

MOST_LINKS: Final = 30
MOST_RELATIVES: Final = 20
"""Of families before this one, or after it: more exchanges than this in one go are nobody's intention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A family on the other side of an exchange (RFC 8693), the app that has it, and whom it is about."""

    family: TokenFamily
    client: Client
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAs:
    """A session that a token names, and whose it is."""

    session: SignedIn
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A family, and what it hangs on. The code may be gone: codes are swept long before families."""

    family: TokenFamily
    grant: Grant
    client: Client
    user: User
    session: SignedIn | None
    code: AuthorizationCode | None = field(repr=False)
    links: Sequence[RefreshToken]
    """The newest links of its chain, the newest first."""
    link_count: int
    before: Sequence[Relative]
    """What was exchanged for it, the nearest first."""
    after: Sequence[Relative]
    """What it was exchanged for, the newest first."""
    acting: Relative | None
    """With which somebody else showed that they act here."""


class Lineages:
    """Questions of an operator who holds a token."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, family_id: UUID) -> Lineage | None:
        """Five statements, and one for each token that was handed in for it; None once it is swept."""
        query = (
            select(TokenFamily, Grant, Client, User, SignedIn)
            .join(Grant, Grant.id == TokenFamily.grant_id)
            .join(Client, Client.id == TokenFamily.client_pk)
            .join(User, User.id == TokenFamily.user_id)
            .outerjoin(SignedIn, SignedIn.id == TokenFamily.session_id)
        )
        row = self._session.execute(query.where(TokenFamily.id == family_id)).first()
        if row is None:
            return None
        family, grant, client, user, session = row
        links = select(RefreshToken).where(RefreshToken.family_id == family_id)
        count = select(func.count()).where(RefreshToken.family_id == family_id)
        return Lineage(
            family=family,
            grant=grant,
            client=client,
            user=user,
            session=session,
            code=self._session.get(AuthorizationCode, family.code_id) if family.code_id else None,
            links=self._session.scalars(links.order_by(RefreshToken.id.desc()).limit(MOST_LINKS)).all(),
            link_count=self._session.scalar(count) or 0,
            before=list(self._before(family)),
            after=self._after(family),
            acting=self._acting(family),
        )

    def of_code(self, code_id: UUID) -> UUID | None:
        """The family that a code has turned into."""
        return self._session.scalar(select(TokenFamily.id).where(TokenFamily.code_id == code_id))

    def session_of(self, session_id: UUID) -> SignedInAs | None:
        """The session that an ID token or a logout token names, until it is swept."""
        query = select(SignedIn, User).join(User, User.id == SignedIn.user_id)
        row = self._session.execute(query.where(SignedIn.id == session_id)).first()
        return None if row is None else SignedInAs(session=row[0], user=row[1])

    def _before(self, family: TokenFamily) -> Iterator[Relative]:
        """Up to the sign-in, or to where the sweeper has been."""
        for _ in range(MOST_RELATIVES):
            if family.parent_id is None:
                return
            found = self._relatives(TokenFamily.id == family.parent_id)
            if not found:
                return
            yield found[0]
            family = found[0].family

    def _after(self, family: TokenFamily) -> Sequence[Relative]:
        """All that comes of one consent hangs on the same grant, for which there is an index."""
        return self._relatives(TokenFamily.grant_id == family.grant_id, TokenFamily.parent_id == family.id)

    def _acting(self, family: TokenFamily) -> Relative | None:
        if family.actor_family_id is None:
            return None
        found = self._relatives(TokenFamily.id == family.actor_family_id)
        return found[0] if found else None

    def _relatives(self, *which: ColumnElement[bool]) -> Sequence[Relative]:
        query = (
            select(TokenFamily, Client, User)
            .join(Client, Client.id == TokenFamily.client_pk)
            .join(User, User.id == TokenFamily.user_id)
            .where(*which)
        )
        rows = self._session.execute(query.order_by(TokenFamily.id.desc()).limit(MOST_RELATIVES))
        return [Relative(family=family, client=client, user=user) for family, client, user in rows]

    def given_back_at(self, jti: str) -> datetime | None:
        """When an access token was taken back by itself."""
        return self._session.scalar(select(RevokedToken.revoked_at).where(RevokedToken.jti == jti))
