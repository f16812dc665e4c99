"""Doing what the outbox promises, at least once: claimed in a transaction, done, and settled in another."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.fetch import FetchFailed, FetchRefused
from portal.infra.mail import PermanentMailError
from portal.infra.outbox import BATCH, CLAIM, Outbox, OutboxMessage
from portal.infra.outbox_delivered import write_delivery
from portal.infra.queue import Lane
from portal.infra.redaction import text
from portal.jobs.registry import JOBS, Inside, Outside, kinds_of

log = structlog.get_logger(__name__)

CALLERS: Final = 4


@dataclass(frozen=True)
class Pace:
    """How much of a lane is taken in hand at once, and for how long: until then nobody else has it."""

    most: int
    claim: timedelta
    spare: timedelta
    """What is left of a claim when the next of its messages is begun; one takes no longer."""


PACES: Final[Mapping[Lane, Pace]] = {
    Lane.PROMPT: Pace(most=BATCH, claim=CLAIM, spare=timedelta(seconds=30)),
    Lane.LONG: Pace(most=1, claim=timedelta(minutes=15), spare=timedelta(minutes=10)),
}


def deliver_due(portal: Portal) -> int:
    """Do everything that is due now, in batches; the number of messages that were tried. Between two pieces of long
    work everything prompt is done.
    """
    tried = 0
    while count := deliver_some(portal, Lane.PROMPT) or deliver_some(portal, Lane.LONG):
        tried += count
    return tried


def deliver_some(portal: Portal, lane: Lane, *, if_more: Callable[[], None] | None = None) -> int:
    """One batch of a lane; the number of messages that were taken in hand. Where there may be more of them than that,
    `if_more` is called before they are done.
    """
    messages = _claim(portal, lane)
    if if_more is not None and len(messages) == PACES[lane].most:
        if_more()
    if messages:
        _deliver_all(portal, messages, spare=PACES[lane].spare)
    return len(messages)


def _claim(portal: Portal, lane: Lane) -> list[OutboxMessage]:
    pace, long_kinds = PACES[lane], kinds_of(Lane.LONG)
    # what this release does not know has the prompt lane, where it is postponed for one that does
    only, but = (long_kinds, ()) if lane is Lane.LONG else (None, long_kinds)
    with portal.reading() as session:
        if not Outbox(session).has_due(at=portal.ports.clock.now(), only=only, but=but):
            return []
    with portal.unit_of_work(SYSTEM) as uow:
        return Outbox(uow.session).claim_due(
            at=uow.now, only=only, but=but, most=pace.most, lasting=pace.claim
        )


def _deliver_all(portal: Portal, messages: list[OutboxMessage], *, spare: timedelta) -> None:
    abroad = [message for message in messages if _may_stand_beside(message)]
    if len(abroad) > 1:
        with ThreadPoolExecutor(min(CALLERS, len(abroad)), thread_name_prefix="outbox-call") as pool:
            list(pool.map(partial(_deliver, portal), abroad))
        messages = [message for message in messages if not _may_stand_beside(message)]
    for message in messages:
        if message.claimed_until is None or portal.ports.clock.now() > message.claimed_until - spare:
            # whoever was before it took so long that somebody else may soon have it
            log.info("claim_nearly_over", kind=message.kind, message_id=str(message.id))
            continue
        _deliver(portal, message)


def _may_stand_beside(message: OutboxMessage) -> bool:
    job = JOBS.get(message.kind)
    return isinstance(job, Outside) and job.side_by_side


def _deliver(portal: Portal, message: OutboxMessage) -> None:
    """Where the request that promised it was traced, this is a part of its trace."""
    if message.traceparent is None:
        _do(portal, message)
        return
    said = {"messaging.system": "portal_outbox", "messaging.operation.type": "process"}
    said |= {"messaging.destination.name": message.kind, "messaging.message.id": str(message.id)}
    with (
        portal.ports.traces.working(f"process {message.kind}", said, parent=message.traceparent) as span,
        structlog.contextvars.bound_contextvars(trace_id=span.trace_id),
    ):
        if failure := _do(portal, message):
            span.fail(failure)


def _do(portal: Portal, message: OutboxMessage) -> str | None:
    """What kind of failure was written down, if one was."""
    try:
        job = JOBS[message.kind]
        if isinstance(job, Inside):
            _run_inside(portal, message, job)
        else:
            job.run(portal, message)
            _note_delivery(portal, message)
    except (PermanentMailError, FetchRefused) as refused:
        _settle(portal, message, error=str(refused), forever=True)
        return type(refused).__name__
    except FetchFailed as failed:
        log.info("call_failed", kind=message.kind, message_id=str(message.id), reason=failed.reason)
        _settle(portal, message, error=str(failed))
        return type(failed).__name__
    except Exception as failed:  # noqa: BLE001 - whatever it is, the promise stands and is tried again
        log.warning(
            "delivery_failed", kind=message.kind, message_id=str(message.id), error=type(failed).__name__
        )
        _settle(portal, message, error=_told(failed))
        return type(failed).__name__
    return None


def _told(failed: Exception) -> str:
    """What operators read of an error that nobody foresaw: its first line, because a database goes on with the values
    of the statement, and nothing that looks like a secret.
    """
    first, _, _ = str(failed).partition("\n")
    return text(f"{type(failed).__name__}: {first}")


def _run_inside(portal: Portal, message: OutboxMessage, job: Inside) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        job.run(uow, message.payload)
        row = Outbox(uow.session).get(message.id)
        if row is not None:
            row.deliver(at=uow.now)
    portal.ports.metrics.delivered(message.kind, outcome="done")


def _note_delivery(portal: Portal, message: OutboxMessage) -> None:
    forgets = portal.mailer.is_final
    with portal.unit_of_work(SYSTEM) as uow:
        uow.write_first(partial(write_delivery, message=message, at=uow.now, forgets_secret=forgets))
    portal.ports.metrics.delivered(message.kind, outcome="done")


def _settle(portal: Portal, message: OutboxMessage, *, error: str, forever: bool = False) -> None:
    """It was not done, and is tried again or given up."""
    with portal.unit_of_work(SYSTEM) as uow:
        row = Outbox(uow.session).get(message.id)
        if row is None or row.delivered_at is not None:
            return  # a claim ran out, and whoever had it next has done it
        if forever:
            row.give_up(error, at=uow.now)
        else:
            chance = random.random()  # noqa: S311 - spreads tries over time; nobody gains by knowing it
            row.postpone(error, at=uow.now, chance=chance)
        outcome = "failed" if row.failed_at else "postponed"
    portal.ports.metrics.delivered(message.kind, outcome=outcome)
