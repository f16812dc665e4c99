"""What follows in `grants` from events of the features below."""

from portal.grants.repository.tokens import Families
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.events import SessionEnded


def end_families_of_session(uow: UnitOfWork, event: SessionEnded) -> None:
    """Whoever signs out here is signed out of what hangs on the session; `offline_access` is leave to outlive it."""
    for ref in event.touched:
        if ref.type == "session":
            Families(uow.session).revoke_of_session(ref.id, "session_ended", at=uow.now)
