"""What follows in `grants` from events of the features below."""

from portal.accounts.repository import Users
from portal.grants.repository.tokens import Families
from portal.grants.services.leaving import tell_of_person, tell_of_session
from portal.infra.events import Event
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.events import SessionEnded


def end_families_of_session(uow: UnitOfWork, event: SessionEnded) -> None:
    """Whoever signs out here is signed out of what hangs on the session; `offline_access` is leave to outlive it."""
    for ref in event.touched:
        if ref.type == "session":
            Families(uow.session).revoke_of_session(ref.id, "session_ended", at=uow.now)


def tell_apps_of_session(uow: UnitOfWork, event: SessionEnded) -> None:
    """Every app that the session signed in to, and that listens, hears of it (outbox)."""
    refs = {ref.type: ref.id for ref in event.touched}
    tell_of_session(uow, refs["session"], refs["user"])


def tell_apps_of_person(uow: UnitOfWork, event: Event) -> None:
    """The security epoch of somebody has moved on: all that was open under the one before is over (outbox)."""
    for ref in event.touched:
        user = Users(uow.session).get(ref.id) if ref.type == "user" else None
        if user is not None:
            tell_of_person(uow, user.id, epoch=user.security_epoch - 1)
