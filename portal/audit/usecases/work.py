"""What becomes of promised work that was given up: tried again, or let go of; never by itself, and never unseen."""

from typing import Final
from uuid import UUID

from portal.audit.errors import WorkNotFound, WorkNotGivenUp
from portal.audit.events import WorkDiscarded, WorkRetried
from portal.infra.events import Ref
from portal.infra.outbox import Outbox, OutboxMessage
from portal.infra.unit_of_work import UnitOfWork

AT_ONCE: Final = 500


def retry_work(uow: UnitOfWork, message_id: UUID) -> OutboxMessage:
    """Due at once, with a day of tries before it.

    Raises:
        WorkNotFound, WorkNotGivenUp
    """
    message = _given_up(uow, message_id)
    message.retry(at=uow.now)
    uow.announce()
    uow.publish(
        WorkRetried(
            touched=(Ref("work", message.id, message.kind),), details={"kind": message.kind, "count": 1}
        )
    )
    return message


def retry_given_up(uow: UnitOfWork, *, kind: str | None) -> int:
    """All of a kind, or of every kind, the oldest `AT_ONCE`; how many there were."""
    found = Outbox(uow.session).given_up(kind, most=AT_ONCE)
    for message in found:
        message.retry(at=uow.now)
    if found:
        uow.announce()
        uow.publish(WorkRetried(details={"kind": kind or "all", "count": len(found)}))
    return len(found)


def discard_work(uow: UnitOfWork, message_id: UUID, *, reason: str) -> OutboxMessage:
    """It is gone, and what was sealed in it too; the log keeps what it was and why.

    Raises:
        WorkNotFound, WorkNotGivenUp
    """
    message = _given_up(uow, message_id)
    Outbox(uow.session).discard(message)
    uow.publish(
        WorkDiscarded(
            touched=(Ref("work", message.id, message.kind),),
            details={"kind": message.kind, "tries": message.attempts, "last_error": message.last_error},
            reason=reason,
        )
    )
    return message


def _given_up(uow: UnitOfWork, message_id: UUID) -> OutboxMessage:
    message = Outbox(uow.session).get(message_id)
    if message is None:
        raise WorkNotFound
    if message.state != "failed":
        raise WorkNotGivenUp
    return message
