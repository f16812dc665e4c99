"""The embedded worker: a thread of the web process that delivers what the outbox promises, at least once."""

import math
import threading
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.bootstrap import Portal
from portal.jobs.delivery import deliver_due
from portal.jobs.duty import Duty
from portal.jobs.housekeeping import schedule_housekeeping
from portal.jobs.inheriting import inherit
from portal.jobs.rounds import SCHEDULE_SECONDS, SWEEP_SECONDS, note_work
from portal.jobs.sealing import SealingThread

log = structlog.get_logger(__name__)


class Worker:
    """One thread. `start` it after the fork, `stop` it before the process ends; a message in hand is finished first."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-worker", daemon=True)
        self._duty = Duty(portal.settings.instance_dir)
        self._sealing: SealingThread | None = None
        self._scheduled_at = -math.inf
        self._has_inherited = False

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        self._stopping.set()
        self._portal.wake_worker.set()
        self._thread.join(wait_seconds)
        if self._sealing is not None:
            self._sealing.stop(wait_seconds=wait_seconds)
        if not self._thread.is_alive():
            # else its process keeps the duty until it ends: whoever takes over takes what is in hand as left behind
            self._duty.give_back()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._duty.is_mine():
                self._work()
                is_busy = self._portal.wake_worker.wait(SWEEP_SECONDS)
                self._portal.wake_worker.clear()
            else:
                is_busy = self._stopping.wait(SWEEP_SECONDS)
            if not is_busy:
                self._portal.ports.passwords.release_memory()

    def _work(self) -> None:
        """What is due now. The sealer begins with the duty, and ends with the process."""
        try:
            if not self._has_inherited:
                self._inherit()
            if time.monotonic() - self._scheduled_at >= SCHEDULE_SECONDS:
                schedule_housekeeping(self._portal)
                self._scheduled_at = time.monotonic()
            if self._sealing is None:
                self._sealing = SealingThread(self._portal)
                self._sealing.start()
            note_work(self._portal)
            deliver_due(self._portal)
        except SQLAlchemyError as away:
            # the database may be restarting; the promises are in it, so nothing is lost by waiting
            log.warning("outbox_unreachable", kind=type(away).__name__)
        except Exception:
            log.exception("outbox_worker_failed")

    def _inherit(self) -> None:
        """A database in a file is of one machine, so who has its duty knows that nobody else works."""
        if self._portal.engine.dialect.name == "sqlite" and not self._duty.is_shared:
            inherit(self._portal)
        self._has_inherited = True
