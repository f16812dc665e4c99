"""Steps that several use cases share: how an account comes to be, and what its owner is told."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from portal.accounts.errors import EmailTaken, UsernameTaken
from portal.accounts.events import UserCreated
from portal.accounts.models import User
from portal.accounts.repository import MailedTokens, PendingSignUps, Users
from portal.accounts.rules import username_from
from portal.infra.crypto.digests import short_code_digest
from portal.infra.crypto.sealing import Sealer
from portal.infra.repository import FORGET_AT_ONCE
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name

__all__ = [
    "IDENTIFIERS",
    "User",
    "create_user",
    "forget_stale",
    "free_username",
    "sign_up_code_digest",
    "tell_password_changed",
]

IDENTIFIERS: Final = "users.identifiers"
"""The lock of whoever gives out a username or an address: uniqueness is checked under it."""

_NUMBERED_NAMES: Final = 20
_SIGN_UP_CODE: Final = "sign-up code"


def create_user(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    username: str | None = None,
    email_verified: bool,
    profile: Mapping[str, Any] | None = None,
) -> User:
    """Store a new person. The only way in: whoever follows `UserCreated` may rely on it (default roles).

    Without a username one is derived from the address and made unique. `profile` holds further fields of `User`.

    Raises:
        EmailTaken, UsernameTaken: with the field named.
    """
    uow.lock(IDENTIFIERS)
    users = Users(uow.session)
    if users.exists_by_email(email):
        raise EmailTaken
    if username is not None and users.exists_by_username(username):
        raise UsernameTaken
    user = User(
        username=username or free_username(users, email),
        email=email,
        name=name,
        password_hash=password_hash,
        created_at=uow.now,
        updated_at=uow.now,
        email_verified_at=uow.now if email_verified else None,
        password_changed_at=uow.now if password_hash else None,
        **(profile or {}),
    )
    uow.session.add(user)
    uow.session.flush()
    uow.publish(UserCreated(touched=(user.ref,), after=user.describe()))
    return user


def free_username(users: Users, email: str) -> str:
    """`maya` for maya@example.org, else `maya2`, `maya3`, ..., else `maya-` and six digits."""
    base = username_from(email)
    candidates = [base, *(f"{base}{number}" for number in range(2, _NUMBERED_NAMES + 1))]
    taken = users.usernames_among(candidates)
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    return f"{base}-{secrets.randbelow(10**6):06}"


def sign_up_code_digest(sealer: Sealer, sign_up_id: UUID, code: str) -> bytes:
    """What is kept of a mailed code: keyed, so that a dump of the database can't be tried through."""
    key = sealer.derive(_SIGN_UP_CODE)
    return short_code_digest(key, purpose=_SIGN_UP_CODE, row_id=sign_up_id, code=code)


def tell_password_changed(uow: UnitOfWork, user: User) -> None:
    """Whoever changed it, the owner hears of it (NIST SP 800-63B-4 section 4.6)."""
    uow.ports.letters.send(
        uow,
        "password_changed",
        to=user.email,
        context={
            "when": uow.now,
            "ip": uow.actor.ip,
            "browser": device_name(uow.actor.user_agent),
            "recover_link": f"{uow.ports.settings.base_url}/recover",
        },
    )


def forget_stale(uow: UnitOfWork) -> bool:
    """Sweep a batch of what has long expired; whether there may be more. Nothing depends on it: expiry is checked at
    use.
    """
    gone = (
        PendingSignUps(uow.session).forget_before(uow.now),
        MailedTokens(uow.session).forget_before(uow.now - _KEPT_AFTER_EXPIRY),
    )
    return max(gone) >= FORGET_AT_ONCE


_KEPT_AFTER_EXPIRY: Final = timedelta(days=7)
