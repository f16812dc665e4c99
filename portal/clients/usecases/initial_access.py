"""Initial access tokens (RFC 7591 section 3): made, taken away, spent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clients.errors import InitialAccessRefused, InitialAccessTokenNotFound
from portal.clients.events import InitialAccessTokenMade, InitialAccessTokenRevoked
from portal.clients.models import InitialAccessToken
from portal.clients.repository import InitialAccessTokens
from portal.clients.schemas import MakeInitialAccessToken
from portal.infra.crypto.digests import TokenKind, issue, parse, same
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class MadeToken:
    """A new token: `text` is shown to one person once and kept by nobody here."""

    token: InitialAccessToken
    text: str = field(repr=False)


def make_initial_access_token(uow: UnitOfWork, form: MakeInitialAccessToken) -> MadeToken:
    """Let whoever holds the token register so many apps until it ends."""
    row_id = new_id()
    issued = issue(TokenKind.INITIAL_ACCESS, row_id)
    token = InitialAccessToken(
        id=row_id,
        digest=issued.digest,
        label=form.label,
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=form.days),
        uses_left=form.uses,
    )
    uow.session.add(token)
    after = {"label": form.label, "uses_left": form.uses, "expires_at": token.expires_at.isoformat()}
    uow.publish(InitialAccessTokenMade(touched=(token.ref,), after=after))
    return MadeToken(token, issued.token)


def revoke_initial_access_token(uow: UnitOfWork, token_id: UUID) -> InitialAccessToken:
    """From now on nobody registers with it.

    Raises:
        InitialAccessTokenNotFound: there is no such token.
    """
    token = InitialAccessTokens(uow.session).get_to_change(token_id)
    if token is None:
        raise InitialAccessTokenNotFound
    if token.revoked_at is None:
        token.revoked_at = uow.now
        uow.publish(InitialAccessTokenRevoked(touched=(token.ref,), before={"uses_left": token.uses_left}))
    return token


def initial_access_stands(session: Session, text: str, *, at: datetime) -> bool:
    """Whether it would let somebody in now: to be asked before anything is fetched on their behalf."""
    presented = parse(TokenKind.INITIAL_ACCESS, text)
    token = InitialAccessTokens(session).find(presented.id) if presented else None
    return (
        presented is not None
        and token is not None
        and same(token.digest, presented.digest)
        and token.is_live(at=at)
    )


def spend_initial_access(uow: UnitOfWork, text: str) -> InitialAccessToken:
    """One use less. If the registration fails afterwards, the unit of work takes that back.

    Raises:
        InitialAccessRefused: it lets nobody in.
    """
    presented = parse(TokenKind.INITIAL_ACCESS, text)
    token = InitialAccessTokens(uow.session).spend(presented, at=uow.now) if presented else None
    if token is None:
        raise InitialAccessRefused
    return token
