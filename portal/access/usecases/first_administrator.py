"""The first administrator: a one-time link made on the host, used up in the transaction that creates the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.access.events import SetupLinkMade, SetupRefusal
from portal.access.models import Role
from portal.access.repository.holdings import holdings
from portal.access.rules import ADMINISTRATOR
from portal.access.services import assign_role
from portal.accounts.models import MailedToken, User
from portal.accounts.schemas import SignUp
from portal.accounts.services import create_user
from portal.infra.crypto.digests import TokenKind, issue, parse, same
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

SETUP = "setup"
LINK_LIFETIME = timedelta(hours=24)
LOCK = "access.setup"

SetupProblem = Literal["done", "used", "expired", "unknown"]


@dataclass(frozen=True)
class SetupRefused:
    """The link does not open anything: `done` (an administrator exists), `used`, `expired` or `unknown`."""

    why: SetupProblem


def make_setup_link(uow: UnitOfWork) -> str | None:
    """A fresh path `/setup/<token>` that replaces every earlier one; None where an administrator exists."""
    uow.lock(LOCK)
    if administrator_exists(uow.session, at=uow.now):
        return None
    uow.session.execute(
        delete(MailedToken).where(MailedToken.purpose == SETUP, MailedToken.redeemed_at.is_(None))
    )
    token_id = new_id()
    issued = issue(TokenKind.SETUP, token_id)
    uow.session.add(
        MailedToken(
            id=token_id,
            purpose=SETUP,
            digest=issued.digest,
            created_at=uow.now,
            expires_at=uow.now + LINK_LIFETIME,
        )
    )
    uow.publish(SetupLinkMade())
    return f"/setup/{issued.token}"


def check_setup_link(session: Session, token: str, *, at: datetime) -> SetupRefused | None:
    """What stands against this link now, for the page that shows the form."""
    row = _row(session, token)
    if row is None:
        return SetupRefused("done" if administrator_exists(session, at=at) else "unknown")
    if row.redeemed_at is not None:
        return SetupRefused("used")
    if administrator_exists(session, at=at):
        return SetupRefused("done")
    return SetupRefused("expired") if row.expires_at <= at else None


def create_first_administrator(
    uow: UnitOfWork, token: str, *, wish: SignUp, password_hash: str
) -> User | SetupRefused:
    """Create the account, give it the role and use up the link, all or nothing; of two racing visitors one wins."""
    uow.lock(LOCK)
    refused = check_setup_link(uow.session, token, at=uow.now)
    row = _row(uow.session, token)
    if refused is None and row is not None:
        redeemed = uow.session.execute(
            update(MailedToken)
            .where(
                MailedToken.id == row.id, MailedToken.redeemed_at.is_(None), MailedToken.expires_at > uow.now
            )
            .values(redeemed_at=uow.now)
            .returning(MailedToken.id)
        ).first()
        refused = None if redeemed else SetupRefused("used")
    if refused is not None:
        uow.publish(SetupRefusal(reason=refused.why))
        return refused
    # the address counts as proved: whoever holds the link could read the terminal of the host
    user = create_user(
        uow, email=wish.email, name=wish.name, password_hash=password_hash, email_verified=True
    )
    assign_role(uow, ADMINISTRATOR, to=user.ref, reason="created by the setup link")
    return user


def administrator_exists(session: Session, *, at: datetime) -> bool:
    """Whether an active person holds the role `administrator` now, by name or by a group."""
    held = holdings(at, roles=select(Role.id).where(Role.name == ADMINISTRATOR))
    who = select(User.id).join(held, held.c.user_id == User.id).where(User.is_active)
    return bool(session.scalar(select(who.exists())))


def _row(session: Session, token: str) -> MailedToken | None:
    parsed = parse(TokenKind.SETUP, token)
    row = session.get(MailedToken, parsed.id) if parsed else None
    if parsed is None or row is None or row.purpose != SETUP or not same(row.digest, parsed.digest):
        return None
    return row
