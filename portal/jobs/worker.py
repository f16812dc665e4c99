"""The embedded worker: a thread of the web process that delivers what the outbox promises, at least once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.services.checkpoints import TO_FILE, TO_WEBHOOK
from portal.bootstrap import OUTBOX_HANDLERS, Portal
from portal.grants.services.leaving import LOGOUT_CALL
from portal.infra.actor import SYSTEM
from portal.infra.fetch import FetchFailed, FetchRefused
from portal.infra.letters import MAIL
from portal.infra.mail import PermanentMailError
from portal.infra.outbox import Outbox, OutboxMessage
from portal.jobs.calls import append_checkpoint, post_checkpoint, send_mail
from portal.jobs.duty import Duty
from portal.jobs.housekeeping import HOUSEKEEPING, keep_house, schedule_housekeeping
from portal.jobs.key_rotation import KEY_ROTATION, rotate_keys
from portal.jobs.logout_calls import call_app
from portal.jobs.sealing import SealingThread

log = structlog.get_logger(__name__)

HANDLERS = {**OUTBOX_HANDLERS, HOUSEKEEPING: keep_house}
"""What is done in one transaction with its mark."""

CALLS = {
    MAIL: send_mail,
    TO_FILE: append_checkpoint,
    TO_WEBHOOK: post_checkpoint,
    LOGOUT_CALL: call_app,
    KEY_ROTATION: rotate_keys,
}
"""What goes out of the house or takes its time, and so is done outside of any transaction."""

SIDE_BY_SIDE: Final = frozenset({LOGOUT_CALL})
"""What goes to many hosts, of which one that hangs must not keep the others waiting."""
CALLERS: Final = 4

POLL_SECONDS = 5.0
"""How long a promise made by another process waits at most; one made here wakes the worker at once."""


def deliver_due(portal: Portal) -> int:
    """Deliver everything that is due now, in batches; the number of messages that were tried."""
    tried = 0
    while messages := _claim(portal):
        _deliver_all(portal, messages)
        tried += len(messages)
    if tried:
        with portal.reading() as session:
            waiting = Outbox(session).backlog(at=portal.ports.clock.now())
        portal.ports.metrics.outbox_backlog(waiting)
    return tried


class Worker:
    """One thread. `start` it after the fork, `stop` it before the process ends; a message in hand is finished first."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-worker", daemon=True)
        self._duty = Duty(portal.settings.instance_dir)
        self._sealing: SealingThread | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        self._stopping.set()
        self._portal.wake_worker.set()
        self._thread.join(wait_seconds)
        if self._sealing is not None:
            self._sealing.stop(wait_seconds=wait_seconds)
        self._duty.give_back()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._duty.is_mine():
                self._work()
                is_busy = self._portal.wake_worker.wait(POLL_SECONDS)
                self._portal.wake_worker.clear()
            else:
                is_busy = self._stopping.wait(POLL_SECONDS)
            if not is_busy:
                self._portal.ports.passwords.release_memory()

    def _work(self) -> None:
        """What is due now. The sealer begins with the duty, and ends with the process."""
        try:
            if self._sealing is None:
                schedule_housekeeping(self._portal)
                self._sealing = SealingThread(self._portal)
                self._sealing.start()
            deliver_due(self._portal)
        except SQLAlchemyError as away:
            # the database may be restarting; the promises are in it, so nothing is lost by waiting
            log.warning("outbox_unreachable", kind=type(away).__name__)
        except Exception:
            log.exception("outbox_worker_failed")


def _claim(portal: Portal) -> list[OutboxMessage]:
    now = portal.ports.clock.now()
    with portal.reading() as session:
        if not Outbox(session).has_due(at=now):
            return []
    with portal.unit_of_work(SYSTEM) as uow:
        return Outbox(uow.session).claim_due(at=uow.now)


def _deliver_all(portal: Portal, messages: list[OutboxMessage]) -> None:
    abroad = [message for message in messages if message.kind in SIDE_BY_SIDE]
    if len(abroad) > 1:
        with ThreadPoolExecutor(min(CALLERS, len(abroad)), thread_name_prefix="outbox-call") as pool:
            list(pool.map(partial(_deliver, portal), abroad))
        messages = [message for message in messages if message.kind not in SIDE_BY_SIDE]
    for message in messages:
        _deliver(portal, message)


def _deliver(portal: Portal, message: OutboxMessage) -> None:
    try:
        if message.kind in CALLS:
            CALLS[message.kind](portal, message)
            _settle(portal, message)
        else:
            _run_handler(portal, message)
    except (PermanentMailError, FetchRefused) as refused:
        _settle(portal, message, error=str(refused), forever=True)
    except FetchFailed as failed:
        log.info("call_failed", kind=message.kind, message_id=str(message.id), reason=failed.reason)
        _settle(portal, message, error=str(failed))
    except Exception as failed:  # noqa: BLE001 - whatever it is, the promise stands and is tried again
        log.warning(
            "delivery_failed", kind=message.kind, message_id=str(message.id), error=type(failed).__name__
        )
        _settle(portal, message, error=f"{type(failed).__name__}: {failed}")


def _run_handler(portal: Portal, message: OutboxMessage) -> None:
    """The work and its mark are one transaction: done once, or not at all."""
    with portal.unit_of_work(SYSTEM) as uow:
        HANDLERS[message.kind](uow, message.payload)
        row = Outbox(uow.session).get(message.id)
        if row is not None:
            row.deliver(at=uow.now)
    portal.ports.metrics.delivered(message.kind, outcome="done")


def _settle(
    portal: Portal, message: OutboxMessage, *, error: str | None = None, forever: bool = False
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        row = Outbox(uow.session).get(message.id)
        if row is None:
            return
        if error is None:
            row.deliver(at=uow.now)
            if portal.mailer.is_final:
                row.forget_secret()
        elif forever:
            row.give_up(error, at=uow.now)
        else:
            row.postpone(error, at=uow.now)
        outcome = "done" if row.delivered_at else "failed" if row.failed_at else "postponed"
    portal.ports.metrics.delivered(message.kind, outcome=outcome)
