"""Where tokens come from: a family with everything above it and every link below."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.grants.models import AuthorizationCode, Grant, RefreshToken, RevokedToken, TokenFamily
from portal.sessions.models import Session as SignedIn

MOST_LINKS: Final = 30


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


class Lineages:
    """Questions of an operator who holds a token."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, family_id: UUID) -> Lineage | None:
        """Four statements; None once it is swept."""
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
        )

    def of_code(self, code_id: UUID) -> UUID | None:
        """The family that a code has turned into."""
        return self._session.scalar(select(TokenFamily.id).where(TokenFamily.code_id == code_id))

    def session_of(self, session_id: UUID) -> tuple[SignedIn, User] | None:
        """A session that a token names, and whose it is."""
        query = select(SignedIn, User).join(User, User.id == SignedIn.user_id)
        row = self._session.execute(query.where(SignedIn.id == session_id)).first()
        return None if row is None else (row[0], row[1])

    def given_back_at(self, jti: str) -> datetime | None:
        """When an access token was taken back by itself."""
        return self._session.scalar(select(RevokedToken.revoked_at).where(RevokedToken.jti == jti))
