"""What tests of sessions do again and again."""

from collections.abc import Collection

from portal.accounts.schemas import Whose
from portal.bootstrap import Portal
from portal.infra.actor import Actor
from portal.infra.crypto.passwords import Verdict
from portal.sessions.repository import LiveSession, Sessions
from portal.sessions.services import OpenedSession, open_session
from portal.sessions.usecases.sign_in import (
    PasswordAccepted,
    PasswordCheck,
    SignInRefused,
    begin_password_check,
    finish_password_check,
)

VISITOR = Actor(
    kind="anonymous", label="Visitor", ip="203.0.113.7", user_agent="Mozilla/5.0 (Ubuntu) Firefox/140.0"
)
RIGHT = Verdict(matches=True, needs_rehash=False)
WRONG = Verdict(matches=False, needs_rehash=False)


def begin(portal: Portal, identifier: str, tokens: Collection[str] = ()) -> PasswordCheck | SignInRefused:
    """The first move."""
    with portal.unit_of_work(VISITOR) as uow:
        return begin_password_check(uow, Whose(identifier=identifier), device_tokens=tokens)


def finish(portal: Portal, check: PasswordCheck, verdict: Verdict) -> PasswordAccepted | SignInRefused:
    """The last move."""
    with portal.unit_of_work(VISITOR) as uow:
        return finish_password_check(uow, check, verdict)


def attempt(
    portal: Portal, identifier: str, *, right: bool = False, tokens: Collection[str] = ()
) -> PasswordAccepted | SignInRefused:
    """A whole try, without the hash in between, whose outcome is given."""
    check = begin(portal, identifier, tokens)
    return finish(portal, check, RIGHT if right else WRONG) if isinstance(check, PasswordCheck) else check


def enter(
    portal: Portal, identifier: str, *, tokens: Collection[str] = (), current: LiveSession | None = None
) -> OpenedSession:
    """Sign in with the right password."""
    check = begin(portal, identifier, tokens)
    if not isinstance(check, PasswordCheck):
        raise TypeError(check)
    with portal.unit_of_work(VISITOR) as uow:
        accepted = finish_password_check(uow, check, RIGHT)
        if not isinstance(accepted, PasswordAccepted):
            raise TypeError(accepted)
        return open_session(
            uow,
            accepted.user,
            device_tokens=tokens,
            current_session_id=current.session_id if current else None,
        )


def look_up(portal: Portal, token: str) -> LiveSession | None:
    """Whose session this token is, now."""
    with portal.reading() as database:
        return Sessions(database).by_token(token, at=portal.ports.clock.now())
