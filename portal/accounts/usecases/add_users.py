"""Accounts that operators make for others. Nobody but their owner ever sets a password: a mailed link does."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from portal.accounts.errors import UserNotFound
from portal.accounts.events import UserInvited
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.schemas import AddUser
from portal.accounts.services import create_user
from portal.accounts.usecases.recovery import ensure_open
from portal.infra.errors import Conflict
from portal.infra.unit_of_work import UnitOfWork

INVITATION_MAIL: Final = "invitation_mail"


def add_user(
    uow: UnitOfWork,
    wish: AddUser,
    *,
    invite: bool = False,
    attributes: Mapping[str, Any] | None = None,
    password_hash: str | None = None,
) -> User:
    """Make the account; its address counts as proved once its owner has followed a mailed link. With a password, which
    only the host gives, its owner can sign in at once.

    Raises:
        EmailTaken, UsernameTaken: with the field named.
    """
    user = create_user(
        uow,
        email=wish.email,
        name=wish.name,
        username=wish.username,
        password_hash=password_hash,
        email_verified=False,
        profile={
            "given_name": wish.given_name,
            "family_name": wish.family_name,
            "attributes": dict(attributes) if attributes else None,
        },
    )
    if invite:
        _invite(uow, user)
    return user


def invite_user(uow: UnitOfWork, user_id: UUID) -> User:
    """Once more, where the first mail was lost; the newest link is the one that works.

    Raises:
        UserNotFound
        Conflict: no mail would go out, since the account is disabled or has a password.
    """
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    ensure_open(user)
    if user.password_hash is not None:
        raise Conflict("There is a password already. Send a recovery email instead.", code="has_password")
    _invite(uow, user)
    return user


def _invite(uow: UnitOfWork, user: User) -> None:
    uow.enqueue(INVITATION_MAIL, {"user_id": str(user.id), "by": uow.actor.label})
    uow.publish(UserInvited(touched=(user.ref,)))
