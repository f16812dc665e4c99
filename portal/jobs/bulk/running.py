"""A job, carried on by one turn: a few batches, each of them one transaction with the marks of what it did.

Whoever is stopped, killed or cut off in a batch leaves nothing of it; the next turn begins where the last committed
batch ended, so nobody is met twice and nobody is left out. A worker holds the job by a claim that each batch renews;
one that has lost it finds that out before it commits, and undoes its batch.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from portal.access.services.bulk import may_bulk
from portal.access.usecases.bulk import end_cancelled
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.bulk import (
    BULK,
    BulkEnded,
    BulkFailed,
    BulkItem,
    BulkItems,
    BulkJob,
    BulkJobs,
    ItemState,
)
from portal.infra.bulk.jobs import CLAIM
from portal.infra.errors import DomainError
from portal.infra.ids import new_id
from portal.infra.outbox import Outbox, OutboxMessage
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.bulk import acts
from portal.jobs.bulk.acting import actor_of
from portal.jobs.bulk.imports import importing
from portal.jobs.bulk.outcomes import ClaimLost, Doing, Executor, Outcome
from portal.jobs.bulk.writing import WRITERS, keep_part

log = structlog.get_logger(__name__)

EXECUTORS: Final[Mapping[str, Executor]] = {
    "disable": acts.DISABLE,
    "enable": acts.ENABLE,
    "give_role": acts.GIVE_ROLE,
    "take_role": acts.TAKE_ROLE,
    "join_group": acts.JOIN_GROUP,
    "leave_group": acts.LEAVE_GROUP,
    "end_sessions": acts.END_SESSIONS,
    "send_recovery": acts.SEND_RECOVERY,
    "import": importing,
}
AFTER_CLAIM: Final = timedelta(seconds=2)
MOST_TRIES: Final = 10
"""Turns in a row that may end in an exception; with the waits between them that is more than half an hour."""
UNFORESEEN: Final = Outcome(
    "failed", "unforeseen", "This went wrong for a reason that the portal did not expect"
)


@dataclass(frozen=True, kw_only=True)
class Stride:
    """How much at once. A batch holds locks that whoever writes meanwhile waits for; a turn keeps other promises
    waiting, and the end of its process.
    """

    batch: int = 50
    batch_seconds: float = 0.4
    turn_seconds: float = 3.0
    pause_seconds: float = 0.02
    """Between two batches, so that others come to write."""


STRIDE: Final = Stride()


class BulkBusy(Exception):
    """Another worker has the job in hand, or had it until a moment ago and has ended; it is tried again."""

    def __init__(self) -> None:
        super().__init__("Another worker has the job in hand.")


def run_bulk(portal: Portal, message: OutboxMessage, *, stride: Stride = STRIDE) -> None:
    """One turn, and the promise of the next one where the job is not over.

    Raises:
        BulkBusy: nothing was done.
    """
    job_id, worker = UUID(str(message.payload["job_id"])), new_id()
    if not _claim(portal, job_id, message_id=message.id, worker=worker):
        return
    ends_at = time.monotonic() + stride.turn_seconds
    try:
        while is_more := _batch(portal, job_id, worker, stride):
            if time.monotonic() >= ends_at:
                break
            time.sleep(stride.pause_seconds)
        if is_more:
            _promise_next(portal, job_id, worker)
    except ClaimLost:
        log.warning("bulk_claim_lost", job_id=str(job_id))
    except Exception:
        _stumble(portal, job_id, worker, is_last_try=message.attempts >= MOST_TRIES)
        raise


def _claim(portal: Portal, job_id: UUID, *, message_id: UUID, worker: UUID) -> bool:
    """Whether there is anything to do for this message."""
    with portal.unit_of_work(SYSTEM) as uow:
        jobs = BulkJobs(uow.session)
        if jobs.claim(job_id, message_id=message_id, worker=worker, at=uow.now) is not None:
            message = Outbox(uow.session).get(message_id)
            if message is not None and message.claimed_until is not None:
                # a turn takes seconds: whoever is killed in it is replaced sooner than in other long work
                message.claimed_until = min(message.claimed_until, uow.now + CLAIM + AFTER_CLAIM)
            return True
        job = jobs.get(job_id)
        if job is None or job.is_over or job.carried_by != message_id:
            return False
    raise BulkBusy


def _batch(portal: Portal, job_id: UUID, worker: UUID, stride: Stride) -> bool:
    """Some items, their effects and their marks, or nothing of it all; whether there is more to do."""
    with portal.reading() as session:
        asked = BulkJobs(session).get(job_id)
        actor = actor_of(portal.ports.sealer, asked) if asked is not None else SYSTEM
        write = WRITERS.get(asked.kind) if asked is not None else None
        # read before anybody has to wait for it
        drafted = write(session, portal.ports.sealer, asked) if write and asked else None
    with portal.unit_of_work(actor) as uow:
        job = BulkJobs(uow.session).get(job_id)
        if job is None or job.is_over or job.claimed_by != worker:
            raise ClaimLost
        if job.cancel_asked_at is None and may_bulk(uow, job.kind):
            if drafted is not None:
                return keep_part(uow, job, drafted, worker=worker)
            return _take_some(uow, job, worker, stride)
    with portal.unit_of_work(SYSTEM) as uow:
        _stop(uow, job_id, worker)
    return False


def _take_some(uow: UnitOfWork, job: BulkJob, worker: UUID, stride: Stride) -> bool:
    items, counts, told = BulkItems(uow.session, job.id), Counter[ItemState](), list[Mapping[str, Any]]()
    do, ends_at = EXECUTORS[job.kind](uow, job), time.monotonic() + stride.batch_seconds
    for item in items.following(job.processed, most=stride.batch):
        outcome = _one(uow, do, item)
        counts[outcome.state] += 1
        told.append(_row(item, outcome))
        if time.monotonic() >= ends_at:
            break
    items.settle(told)
    booked = BulkJobs(uow.session).book(job.id, worker=worker, counts=counts, at=uow.now)
    if booked is None:
        raise ClaimLost
    if booked.left > 0 and told:
        return True
    booked.end("done", at=uow.now)
    uow.publish(BulkEnded(touched=(booked.ref,), details={"state": booked.state, **booked.counts}))
    return False


def _one(uow: UnitOfWork, do: Doing, item: BulkItem) -> Outcome:
    """A mistake about one of them undoes what was done to that one. Where the database is away, the batch ends."""
    try:
        with uow.session.begin_nested():
            return do(item)
    except DomainError as problem:
        return Outcome("failed", problem.code, problem.message)
    except (IntegrityError, DataError) as refused:
        log.warning("bulk_item_refused", kind=type(refused).__name__)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("bulk_item_failed")
    return UNFORESEEN


def _row(item: BulkItem, outcome: Outcome) -> dict[str, Any]:
    return {
        "position": item.position,
        "state": outcome.state,
        "code": outcome.code[:60],
        "message": outcome.message[:300],
        "subject_id": outcome.subject_id or item.subject_id,
    }


def _stop(uow: UnitOfWork, job_id: UUID, worker: UUID) -> None:
    """Before the next batch: it was cancelled, or whoever asked for it may not do such things any more."""
    job = BulkJobs(uow.session).lock(job_id)
    if job is None or job.claimed_by != worker:
        raise ClaimLost
    if job.cancel_asked_at is not None:
        end_cancelled(uow, job)
    else:
        _fail(uow, job, "permission_lost", f"{job.actor_label or 'Whoever asked'} may not do this any more.")


def _promise_next(portal: Portal, job_id: UUID, worker: UUID) -> None:
    """From now on the next message carries the job; one that comes again does nothing."""
    with portal.unit_of_work(SYSTEM) as uow:
        job = BulkJobs(uow.session).lock(job_id)
        if job is None or job.is_over or job.claimed_by != worker:
            raise ClaimLost
        job.claimed_by = job.claimed_until = None
        job.carried_by = uow.enqueue(BULK, {"job_id": str(job_id)}).id


def _stumble(portal: Portal, job_id: UUID, worker: UUID, *, is_last_try: bool) -> None:
    """Let the job go for the next try, or for good."""
    with portal.unit_of_work(SYSTEM) as uow:
        job = BulkJobs(uow.session).lock(job_id)
        if job is None or job.is_over or job.claimed_by != worker:
            return
        job.claimed_by = job.claimed_until = None
        if is_last_try:
            _fail(
                uow,
                job,
                "kept_failing",
                "It went wrong again and again; the log of the portal has the details.",
            )


def _fail(uow: UnitOfWork, job: BulkJob, reason: str, words: str) -> None:
    job.end("failed", at=uow.now, problem=words)
    BulkItems(uow.session, job.id).wipe()
    uow.publish(BulkFailed(touched=(job.ref,), reason=reason, details=job.counts))
