"""Asking for an account. It comes to be only when the address is proved: see `verify_email`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from portal.accounts.errors import SignUpClosed
from portal.accounts.events import SignUpStarted
from portal.accounts.models import PendingSignUp
from portal.accounts.repository import PendingSignUps
from portal.accounts.rules import SIGN_UP_LIFETIME
from portal.accounts.schemas import SignUp
from portal.infra.unit_of_work import UnitOfWork

SIGN_UP_MAIL: Final = "sign_up_mail"
RESEND_AFTER: Final = timedelta(seconds=30)
MOST_MAILS: Final = 6


@dataclass(frozen=True)
class MailAgain:
    """Another mail is on its way."""


@dataclass(frozen=True)
class NoMailAgain:
    """It isn't: nothing waits for one, the last was just now (`wait_seconds`), or there were enough."""

    wait_seconds: int | None = None


def sign_up(
    uow: UnitOfWork,
    wish: SignUp,
    *,
    password_hash: str,
    browser_digest: bytes,
    flow_id: UUID | None = None,
) -> PendingSignUp:
    """Remember the wish and promise a mail. Never asks whether the address has an account: the worker does.

    Raises:
        SignUpClosed: by `PORTAL_SIGN_UP`.
    """
    if uow.ports.settings.sign_up == "closed":
        raise SignUpClosed
    pending = PendingSignUp(
        email=wish.email,
        name=wish.name,
        password_hash=password_hash,
        browser_digest=browser_digest,
        flow_id=flow_id,
        created_at=uow.now,
        expires_at=uow.now + SIGN_UP_LIFETIME,
        mail_asked_at=uow.now,
    )
    uow.session.add(pending)
    uow.enqueue(SIGN_UP_MAIL, {"sign_up_id": str(pending.id)})
    uow.publish(SignUpStarted(touched=(pending.ref,), after={"email": wish.email, "name": wish.name}))
    return pending


def send_code_again(uow: UnitOfWork, *, browser_digest: bytes) -> MailAgain | NoMailAgain:
    """A new code and link for what this browser asked for last; the old ones stop working when it goes out."""
    pending_sign_ups = PendingSignUps(uow.session)
    pending = pending_sign_ups.latest_of(browser_digest, at=uow.now)
    if pending is None:
        return NoMailAgain()
    if pending_sign_ups.ask_mail(
        pending.id, at=uow.now, wait=RESEND_AFTER, lifetime=SIGN_UP_LIFETIME, most=MOST_MAILS
    ):
        uow.enqueue(SIGN_UP_MAIL, {"sign_up_id": str(pending.id)})
        return MailAgain()
    left = pending.mail_asked_at + RESEND_AFTER - uow.now
    return NoMailAgain(max(1, round(left.total_seconds())) if pending.mails < MOST_MAILS else None)
