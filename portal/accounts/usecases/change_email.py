"""Another address: asked for with the password, proved by a link to the new one, told to the old one.

The link counts only for whoever is signed in to the account: one that went to a wrong address by a slip of the
keyboard gives nobody there a hold on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.errors import EmailTaken, UserNotFound
from portal.accounts.events import EmailChangeAsked, EmailChanged, EmailChangeRefused, EmailVerified
from portal.accounts.models import MailedToken, User
from portal.accounts.repository import MailedTokens, Users
from portal.accounts.schemas import NewEmail
from portal.accounts.services import IDENTIFIERS
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.errors import Invalid
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork
from portal.infra.user_agents import device_name

EMAIL_CHANGE_MAIL: Final = "email_change_mail"


@dataclass(frozen=True)
class EmailChangeOpened:
    """The link works, for this new address."""

    email: str


@dataclass(frozen=True)
class EmailChangeGone:
    """Used, replaced, too old, somebody else's, or never there: all the same to the visitor."""


@dataclass(frozen=True)
class AddressTaken:
    """The address is proved, but somebody made an account with it in the meantime."""


def ask_email_change(uow: UnitOfWork, user: User, wish: NewEmail) -> None:
    """Promise a link to the new address. Whether it has an account, the worker alone looks: the answer tells nothing.

    The address that the account has already is as good as another one while nobody has proved it.

    Raises:
        Invalid: it is the proved address of this very account.
    """
    if wish.email == user.email and user.email_verified:
        raise Invalid("That's the address of your account already.", field="email", code="email_same")
    uow.enqueue(EMAIL_CHANGE_MAIL, {"user_id": str(user.id), "email": wish.email})
    uow.publish(EmailChangeAsked(touched=(user.ref,), details={"email": wish.email}))


def set_email(uow: UnitOfWork, user_id: UUID, wish: NewEmail) -> User:
    """An operator moves an account to another address, at once; it counts as proved when its owner has followed the
    link that is mailed to it. Links to a new password that went to the old one are dead, and it gets a last mail.

    Raises:
        UserNotFound, EmailTaken
    """
    uow.lock(IDENTIFIERS)
    users, links = Users(uow.session), MailedTokens(uow.session)
    user = users.lock(user_id)
    if user is None:
        raise UserNotFound
    if wish.email == user.email:
        return user
    other = users.by_email(wish.email)
    if other is not None and other.id != user.id:
        raise EmailTaken
    before = user.describe()
    user.move_to(wish.email, at=uow.now)
    links.replace_older(user_id=user.id, purpose="recover", at=uow.now)
    links.replace_older(user_id=user.id, purpose="change_email", at=uow.now)
    old, new = changes(before, user.describe())
    uow.publish(EmailChanged(touched=(user.ref,), before=old, after=new))
    _tell_the_old_address(uow, str(before["email"]), new=user.email)
    uow.enqueue(EMAIL_CHANGE_MAIL, {"user_id": str(user.id), "email": user.email})
    return user


def open_email_change(
    session: Session, token: str, *, user_id: UUID, at: datetime
) -> EmailChangeOpened | EmailChangeGone:
    """Changes nothing: mail scanners open links too."""
    mailed = _genuine(session, token)
    user = Users(session).get(user_id)
    if mailed is None or user is None or not mailed.changes_email(user, at=at):
        return EmailChangeGone()
    return EmailChangeOpened(mailed.email or "")


def confirm_email_change(
    uow: UnitOfWork, token: str, *, user_id: UUID
) -> EmailChanged | EmailVerified | EmailChangeGone | AddressTaken:
    """Move the account to the address that the link proves. Recovery links to the old one are dead with it.

    Under the lock of all identifiers, so that a sign-up with the address wins or loses as a whole.
    """
    uow.lock(IDENTIFIERS)
    users, links = Users(uow.session), MailedTokens(uow.session)
    mailed, user = _genuine(uow.session, token), users.lock(user_id)
    if (
        mailed is None
        or mailed.email is None
        or user is None
        or not mailed.changes_email(user, at=uow.now)
        or not links.redeem(mailed.id, at=uow.now)
    ):
        uow.publish(EmailChangeRefused(touched=(user.ref,) if user else ()))
        return EmailChangeGone()
    other = users.by_email(mailed.email)
    if other is not None and other.id != user.id:
        return AddressTaken()
    before = user.describe()
    user.change_email(mailed.email, at=uow.now)
    links.replace_older(user_id=user.id, purpose="recover", at=uow.now)
    links.replace_older(user_id=user.id, purpose="change_email", at=uow.now)
    old, new = changes(before, user.describe())
    if "email" not in new:
        verified = EmailVerified(touched=(user.ref,), before=old, after=new)
        uow.publish(verified)
        return verified
    changed = EmailChanged(touched=(user.ref,), before=old, after=new)
    uow.publish(changed)
    _tell_the_old_address(uow, str(before["email"]), new=user.email)
    return changed


def _genuine(session: Session, token: str) -> MailedToken | None:
    parsed = parse(TokenKind.MAILED, token)
    mailed = MailedTokens(session).get(parsed.id) if parsed else None
    is_ours = parsed is not None and mailed is not None and same(mailed.digest, parsed.digest)
    return mailed if is_ours and mailed is not None and mailed.purpose == "change_email" else None


def _tell_the_old_address(uow: UnitOfWork, old: str, *, new: str) -> None:
    """Whoever changed it, the owner hears of it where they were reachable until now (NIST SP 800-63B-4 4.6)."""
    uow.ports.letters.send(
        uow,
        "address_changed",
        to=old,
        context={
            "when": uow.now,
            "ip": uow.actor.ip,
            "browser": device_name(uow.actor.user_agent),
            "new_address": new,
            "security_link": f"{uow.ports.settings.base_url}/account/security",
        },
    )
