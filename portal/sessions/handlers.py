"""What follows in `sessions` from events here and below."""

from portal.accounts.events import PasswordReplaced
from portal.infra.ports import Ports
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.events import LockedOut, SignedIn, SignInFailed
from portal.sessions.repository import FailureCounts
from portal.sessions.services import failure_key


def forgive_failures(uow: UnitOfWork, event: PasswordReplaced) -> None:
    """Another password opens what guessing had locked (inside): the guesses were at a password that is gone."""
    FailureCounts(uow.session).forget(failure_key(event.touched[0].id, ""))


def count_sign_in(ports: Ports, event: SignedIn) -> None:
    """For the operator's charts (after)."""
    ports.metrics.signed_in(method="+".join(event.details["amr"]), outcome="accepted")


def count_refusal(ports: Ports, event: SignInFailed) -> None:
    """For the operator's charts (after)."""
    ports.metrics.signed_in(method="pwd", outcome="locked" if event.reason == "locked" else "refused")


def count_lockout(ports: Ports, _event: LockedOut) -> None:
    """For the operator's alarms (after)."""
    ports.metrics.security_event("lockout")
