"""A forgotten password: a link to the address of the account, and a new password by it.

The mailed link only sets a password. It does not sign in, and it drops no other factor.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.errors import UserNotFound
from portal.accounts.events import (
    PasswordLinkMade,
    PasswordReset,
    RecoveryAsked,
    RecoveryRefused,
    RecoverySent,
)
from portal.accounts.models import MailedToken, User
from portal.accounts.repository import MailedTokens, Users
from portal.accounts.rules import INVITATION_LIFETIME, RECOVERY_LIFETIME
from portal.accounts.schemas import Recover
from portal.accounts.services import tell_password_changed
from portal.infra.crypto.digests import TokenKind, issue, parse, same
from portal.infra.errors import Conflict
from portal.infra.events import changes
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name

RECOVERY_MAIL: Final = "recovery_mail"


@dataclass(frozen=True)
class RecoveryOpened:
    """The link works, for this person."""

    username: str
    email: str
    name: str


@dataclass(frozen=True)
class LinkRefused:
    """Used, replaced, too old, of an account that has changed since, or never there: all the same to the visitor."""


def ask_recovery(uow: UnitOfWork, wish: Recover, *, flow_id: UUID | None = None) -> None:
    """Promise to look into it. Asks nothing about the address, so the answer can tell nothing: the worker decides."""
    _promise_mail(uow, wish.email, flow_id)
    uow.publish(RecoveryAsked(details={"email": wish.email}))


def send_recovery(uow: UnitOfWork, user_id: UUID, *, reason: str | None = None) -> None:
    """An operator lets somebody in again, without ever knowing or setting the password.

    Raises:
        UserNotFound
        Conflict: the account is disabled, and no mail would go out.
    """
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    ensure_open(user)
    _promise_mail(uow, user.email, None)
    uow.publish(RecoverySent(touched=(user.ref,), reason=reason))


def ensure_open(user: User) -> None:
    """A link to a disabled account would open nothing.

    Raises:
        Conflict
    """
    if not user.is_active:
        raise Conflict("The account is disabled. Enable it first.", code="account_disabled")


@dataclass(frozen=True)
class PasswordLink:
    """A link that sets a password, once; whoever has it needs no mail."""

    path: str = field(repr=False)
    expires_at: datetime


def make_password_link(uow: UnitOfWork, user_id: UUID, *, reason: str | None = None) -> PasswordLink:
    """For whoever sits at the host, where no mail gets through. Links that were made or mailed before are dead.

    Raises:
        UserNotFound
        Conflict: the account is disabled, so the link would open nothing.
    """
    user = Users(uow.session).lock(user_id)
    if user is None:
        raise UserNotFound
    ensure_open(user)
    MailedTokens(uow.session).replace_older(user_id=user.id, purpose="recover", at=uow.now)
    token_id = new_id()
    issued = issue(TokenKind.MAILED, token_id)
    lifetime = RECOVERY_LIFETIME if user.password_hash else INVITATION_LIFETIME
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose="recover",
            digest=issued.digest,
            user_id=user.id,
            email=user.email,
            security_epoch=user.security_epoch,
            created_at=uow.now,
            expires_at=uow.now + lifetime,
        )
    )
    uow.publish(PasswordLinkMade(touched=(user.ref,), reason=reason))
    return PasswordLink(f"/recover/{issued.token}", uow.now + lifetime)


def open_recovery(session: Session, token: str, *, at: datetime) -> RecoveryOpened | LinkRefused:
    """Changes nothing: mail scanners open links too."""
    found = _find(session, token, at=at)
    if found is None:
        return LinkRefused()
    _, user = found
    return RecoveryOpened(user.username, user.email, user.name)


def reset_password(uow: UnitOfWork, token: str, *, password_hash: str) -> User | LinkRefused:
    """Set the password and end everything that was open under the old one. Of racing visitors one wins."""
    found = _find(uow.session, token, at=uow.now, is_change=True)
    if found is None or not MailedTokens(uow.session).redeem(found[0].id, at=uow.now):
        uow.publish(RecoveryRefused())
        return LinkRefused()
    _, user = found
    before = user.describe()
    user.set_password(password_hash, at=uow.now)
    user.verify_email(at=uow.now)
    old, new = changes(before, user.describe())
    uow.publish(PasswordReset(touched=(user.ref,), before=old or None, after=new or None))
    tell_password_changed(uow, user)
    return user


def _promise_mail(uow: UnitOfWork, email: str, flow_id: UUID | None) -> None:
    browser = device_name(uow.actor.user_agent)
    flow = str(flow_id) if flow_id else None
    uow.enqueue(RECOVERY_MAIL, {"email": email, "flow_id": flow, "ip": uow.actor.ip, "browser": browser})


def _find(
    session: Session, token: str, *, at: datetime, is_change: bool = False
) -> tuple[MailedToken, User] | None:
    parsed = parse(TokenKind.MAILED, token)
    mailed = MailedTokens(session).get(parsed.id) if parsed else None
    if (
        parsed is None
        or mailed is None
        or mailed.purpose != "recover"
        or not same(mailed.digest, parsed.digest)
    ):
        return None
    if mailed.user_id is None:
        return None
    user = Users(session).lock(mailed.user_id) if is_change else Users(session).get(mailed.user_id)
    return (mailed, user) if user is not None and mailed.recovers(user, at=at) else None
