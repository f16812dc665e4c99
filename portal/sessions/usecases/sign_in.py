"""Signing in with a password, in three moves: a door takes the first and the last, and compares in between.

A hash takes 25 ms, and SQLite has one writer: so no transaction is open while it runs. The first move counts the
try as a failure before anybody knows whether it is one; therefore a thousand guesses at once are worth as much as
a thousand in a row. The last move takes a success off the count again.

Somebody without an account goes through all of it in the same way, by the same statements.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.rules import normal_email
from portal.accounts.schemas import Whose
from portal.infra.crypto.passwords import Verdict
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.events import LockedOut, SignInFailed
from portal.sessions.repository import Devices, FailureCounts
from portal.sessions.rules import MOST_FAILURES, pause_seconds
from portal.sessions.services import failure_key

ANY_DEVICE: Final = "any"

Refusal = Literal["no_match", "locked", "exhausted", "disabled"]


@dataclass(frozen=True)
class PasswordCheck:
    """A try that was counted and may be judged: compare the password with `password_hash`, None meaning nobody's."""

    user_id: UUID | None
    subject: Ref
    key: str
    scope: str
    number: int
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class PasswordAccepted:
    """It was the right one, of an active person, who is locked until the end of the unit."""

    user: User


@dataclass(frozen=True)
class SignInRefused:
    """It wasn't, or wasn't looked at. Who is told `disabled` has given the right password."""

    why: Refusal
    wait_seconds: int | None = None


def begin_password_check(
    uow: UnitOfWork, wish: Whose, *, device_tokens: Collection[str] = ()
) -> PasswordCheck | SignInRefused:
    """Find whose password it would be and count the try. Commit this before the password is looked at.

    Failures are counted by account, apart for each browser that has signed in to it before: strangers who guess
    can't lock such a browser out.
    """
    user = Users(uow.session).by_identifier(wish.identifier)
    known = Devices(uow.session).with_tokens(device_tokens)
    device = next((device for device in known if user is not None and device.user_id == user.id), None)
    check = PasswordCheck(
        user_id=user.id if user else None,
        subject=user.ref if user else _nobody(wish.identifier),
        key=failure_key(user.id if user else None, wish.identifier),
        scope=str(device.id) if device else ANY_DEVICE,
        number=0,
        password_hash=user.password_hash if user else None,
    )
    counts = FailureCounts(uow.session)
    number = counts.take_try(check.key, check.scope, at=uow.now, most=MOST_FAILURES)
    if number is None:
        return _refuse_unjudged(uow, check)
    if pause := pause_seconds(number, allowed=uow.ports.settings.lockout_failures):
        counts.lock(check.key, check.scope, until=uow.now + timedelta(seconds=pause))
    return replace(check, number=number)


def finish_password_check(
    uow: UnitOfWork, check: PasswordCheck, verdict: Verdict, *, new_hash: str | None = None
) -> PasswordAccepted | SignInRefused:
    """What follows from the comparison. `new_hash` is the same password under today's cost (`verdict.needs_rehash`)."""
    user = Users(uow.session).lock(check.user_id or _NOBODY)
    if not verdict.matches or user is None or user.password_hash != check.password_hash:
        return _refuse(uow, check)
    FailureCounts(uow.session).forget(check.key, check.scope)
    if not user.is_active:
        uow.publish(SignInFailed(touched=(check.subject,), reason="disabled"))
        return SignInRefused("disabled")
    if new_hash is not None:
        user.rehash_password(new_hash)
    return PasswordAccepted(user)


def _refuse_unjudged(uow: UnitOfWork, check: PasswordCheck) -> SignInRefused:
    count = FailureCounts(uow.session).get(check.key, check.scope)
    uow.publish(SignInFailed(touched=(check.subject,), reason="locked"))
    if count is None or count.locked_until is None or count.failures >= MOST_FAILURES:
        return SignInRefused("exhausted")
    return SignInRefused("locked", max(1, round((count.locked_until - uow.now).total_seconds())))


def _refuse(uow: UnitOfWork, check: PasswordCheck) -> SignInRefused:
    uow.publish(SignInFailed(touched=(check.subject,), reason="no_match", details={"failures": check.number}))
    if check.number >= MOST_FAILURES:
        uow.publish(LockedOut(touched=(check.subject,), details={"failures": check.number}))
        return SignInRefused("exhausted")
    pause = pause_seconds(check.number, allowed=uow.ports.settings.lockout_failures)
    if pause:
        details = {"failures": check.number, "seconds": pause, "scope": check.scope}
        uow.publish(LockedOut(touched=(check.subject,), details=details))
        return SignInRefused("locked", pause)
    return SignInRefused("no_match")


def _nobody(identifier: str) -> Ref:
    """How the log names an identifier without an account. People type passwords into the wrong field, so anything
    but an address is told by its ends only.
    """
    row_id = UUID(failure_key(None, identifier)[:32])
    label = identifier if normal_email(identifier) else f"{identifier[:1]}…{identifier[-1:]}"
    return Ref("identifier", row_id, label)


_NOBODY: Final = UUID(int=0)
"""The account of nobody: looked up too, so that a stranger costs as many statements as a wrong password."""
