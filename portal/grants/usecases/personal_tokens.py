"""What people do about tokens for their scripts."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from portal.accounts.models import User
from portal.clients.rules.api_scopes import WORDS
from portal.grants.errors import PersonalTokenNotFound, TooManyPersonalTokens
from portal.grants.events import PersonalTokenMade, PersonalTokenRevoked
from portal.grants.models import PersonalToken
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.grants.schemas import MakePersonalToken
from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name

MOST: Final = 50
"""In force at a time, of one person."""


@dataclass(frozen=True, slots=True)
class MadePersonalToken:
    """A new token. `text` goes to its person and nowhere else: it can't be read again."""

    token: PersonalToken
    text: str = field(repr=False)


def make_personal_token(uow: UnitOfWork, user: User, wish: MakePersonalToken) -> MadePersonalToken:
    """Make one for a person, who hears of it by mail as well.

    Raises:
        Invalid: it would last longer than this portal allows.
        TooManyPersonalTokens
    """
    most_days = uow.ports.settings.personal_token_days
    if wish.days > most_days:
        raise Invalid(f"A token lasts {most_days} days at most here.", field="days")
    uow.lock(f"grants.personal_tokens.{user.id}")
    if TokensOfPerson(uow.session, user.id).count_live(at=uow.now) >= MOST:
        raise TooManyPersonalTokens(MOST)
    token_id = new_id()
    issued = issue(TokenKind.PERSONAL, token_id)
    token = PersonalToken(
        id=token_id,
        digest=issued.digest,
        user_id=user.id,
        name=wish.name,
        scopes=list(wish.scopes),
        security_epoch=user.security_epoch,
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=wish.days),
        ip=uow.actor.ip,
        user_agent=uow.actor.user_agent,
    )
    uow.session.add(token)
    uow.publish(PersonalTokenMade(touched=(user.ref, token.ref), after=token.describe()))
    _tell(uow, user, token)
    return MadePersonalToken(token, issued.token)


def revoke_personal_token(uow: UnitOfWork, token_id: UUID, *, owner: Ref, reason: str = "revoked") -> str:
    """Let a token of this person count no more, and tell its name. Twice is as good as once; an operator who does it
    for them says why.

    Raises:
        PersonalTokenNotFound: it is not theirs, or long gone.
    """
    token = TokensOfPerson(uow.session, owner.id).get(token_id)
    if token is None:
        raise PersonalTokenNotFound
    if token.revoked_at is None:
        _revoke(uow, token, owner, reason)
    return token.name


def revoke_personal_tokens(uow: UnitOfWork, *, owner: Ref, reason: str) -> int:
    """All of them; how many there were in force."""
    live = TokensOfPerson(uow.session, owner.id).live(at=uow.now)
    for token in live:
        _revoke(uow, token, owner, reason)
    return len(live)


def _revoke(uow: UnitOfWork, token: PersonalToken, owner: Ref, reason: str) -> None:
    is_own = uow.actor.id == owner.id
    token.revoke(reason if is_own else "revoked_by_operator", at=uow.now)
    uow.publish(PersonalTokenRevoked(touched=(owner, token.ref), before=token.describe(), reason=reason))


def _tell(uow: UnitOfWork, user: User, token: PersonalToken) -> None:
    """Whoever made it, the owner hears of it: it opens their account for months."""
    uow.ports.letters.send(
        uow,
        "personal_token_made",
        to=user.email,
        context={
            "name": token.name,
            "allowed": [WORDS[scope] for scope in WORDS if scope in token.scopes],
            "expires_at": token.expires_at,
            "when": uow.now,
            "ip": uow.actor.ip,
            "browser": device_name(uow.actor.user_agent),
            "tokens_link": f"{uow.ports.settings.base_url}/account/tokens",
        },
    )
