"""Proving an address: by the code, in the browser that signed up, or by the link, in any browser.

The link alone makes no account in another browser: whoever typed somebody else's address at sign-up chose the
password, and the owner of the address, who only has the mail, must not finish that account for them. So there
the password has to be given again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.errors import EmailTaken
from portal.accounts.events import EmailCodeRefused
from portal.accounts.models import PendingSignUp, User
from portal.accounts.repository import PendingSignUps
from portal.accounts.schemas import EmailCode
from portal.accounts.services import create_user, sign_up_code_digest
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.unit_of_work import UnitOfWork

MOST_TRIES: Final = 5


@dataclass(frozen=True)
class SignUpFinished:
    """The account exists, and its owner has just shown that they chose its password."""

    user: User


@dataclass(frozen=True)
class AlreadyRegistered:
    """The address is proved, but somebody finished an account for it before."""


@dataclass(frozen=True)
class SignUpGone:
    """Nothing waits for proof: finished, too old, replaced by a newer mail, or never there."""


@dataclass(frozen=True)
class ProofRefused:
    """A wrong code or password. After the last try a new mail is needed."""

    tries_left: int


@dataclass(frozen=True)
class LinkOpened:
    """What a link leads to, before anything is done with it."""

    sign_up_id: UUID
    email: str
    is_same_browser: bool
    flow_id: UUID | None
    password_hash: str = field(repr=False)


Outcome = SignUpFinished | AlreadyRegistered | SignUpGone | ProofRefused


def verify_by_code(uow: UnitOfWork, wish: EmailCode, *, browser_digest: bytes) -> Outcome:
    """Finish this browser's sign-up. A try is taken before the code is looked at."""
    pending_sign_ups = PendingSignUps(uow.session)
    pending = pending_sign_ups.latest_of(browser_digest, at=uow.now)
    if pending is None:
        return SignUpGone()
    if not pending_sign_ups.take_try(pending.id, at=uow.now, most=MOST_TRIES):
        return ProofRefused(0)
    if same(pending.code_digest, sign_up_code_digest(uow.ports.sealer, pending.id, wish.code)):
        return _finish(uow, pending)
    return _refuse(uow, pending)


def open_link(
    session: Session, token: str, *, browser_digest: bytes | None, at: datetime
) -> LinkOpened | SignUpGone:
    """Changes nothing: mail scanners open links too."""
    parsed = parse(TokenKind.SIGN_UP, token)
    pending = PendingSignUps(session).get(parsed.id) if parsed else None
    if (
        parsed is None
        or pending is None
        or not pending.is_open(at=at)
        or not same(pending.link_digest, parsed.digest)
    ):
        return SignUpGone()
    return LinkOpened(
        sign_up_id=pending.id,
        email=pending.email,
        is_same_browser=browser_digest is not None and same(pending.browser_digest, browser_digest),
        flow_id=pending.flow_id,
        password_hash=pending.password_hash,
    )


def take_password_try(uow: UnitOfWork, link: LinkOpened) -> bool:
    """Before a password is compared with the chosen one, in a browser that did not sign up."""
    return PendingSignUps(uow.session).take_try(link.sign_up_id, at=uow.now, most=MOST_TRIES)


def verify_by_link(
    uow: UnitOfWork, token: str, *, browser_digest: bytes | None, knows_password: bool = False
) -> Outcome:
    """Finish the sign-up that the link belongs to, from the same browser or with the password."""
    link = open_link(uow.session, token, browser_digest=browser_digest, at=uow.now)
    pending = PendingSignUps(uow.session).get(link.sign_up_id) if isinstance(link, LinkOpened) else None
    if isinstance(link, SignUpGone) or pending is None:
        return SignUpGone()
    return _finish(uow, pending) if link.is_same_browser or knows_password else _refuse(uow, pending)


def _finish(uow: UnitOfWork, pending: PendingSignUp) -> Outcome:
    password_hash = pending.password_hash
    if not PendingSignUps(uow.session).complete(pending.id, at=uow.now):
        return SignUpGone()
    try:
        user = create_user(
            uow, email=pending.email, name=pending.name, password_hash=password_hash, email_verified=True
        )
    except EmailTaken:
        return AlreadyRegistered()
    return SignUpFinished(user)


def _refuse(uow: UnitOfWork, pending: PendingSignUp) -> ProofRefused:
    uow.publish(EmailCodeRefused(touched=(pending.ref,), details={"tries": pending.tries}))
    return ProofRefused(max(0, MOST_TRIES - pending.tries))
