"""Steps that several use cases share: how an account comes to be."""

import secrets

from portal.accounts.errors import EmailTaken, UsernameTaken
from portal.accounts.events import UserCreated
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.rules import username_from
from portal.infra.unit_of_work import UnitOfWork

IDENTIFIERS = "users.identifiers"
"""The lock of whoever gives out a username or an address: uniqueness is checked under it."""

_NUMBERED_NAMES = 20


def create_user(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    username: str | None = None,
    email_verified: bool,
) -> User:
    """Store a new person. The only way in: whoever follows `UserCreated` may rely on it (default roles).

    Without a username one is derived from the address and made unique.

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
