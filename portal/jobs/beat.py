"""The beat: it sends word of each round when its time has come. Of several, one leads by a lease; the others wait for
the end of it. Two that lead for a moment do no harm.
"""

import math
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from sqlalchemy.exc import SQLAlchemyError

from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.broker import TASK, BrokerQueue
from portal.infra.ids import new_id
from portal.infra.leases import BEAT, give_lease_back, take_lease
from portal.infra.queue import Lane
from portal.jobs.rounds import ROUNDS

log = structlog.get_logger(__name__)


def schedule() -> Mapping[str, Any]:
    """The rounds in Celery's words."""
    return {
        entry.name: {
            "task": f"{TASK}{entry.name}",
            "schedule": timedelta(seconds=entry.seconds),
            "options": {"queue": entry.lane},
        }
        for entry in ROUNDS
    }


class WordOfRounds(Scheduler):  # type: ignore[misc]
    """Celery's schedule, without its own way to the broker: that one waits for a Redis which is away."""

    producer = None

    def __init__(self, app: Celery, queue: BrokerQueue, *, longest_seconds: float) -> None:
        self._queue = queue
        super().__init__(app, schedule=None, max_interval=longest_seconds)

    def setup_schedule(self) -> None:
        self.update_from_dict(schedule())

    def apply_entry(self, entry: ScheduleEntry, producer: None = None) -> None:  # noqa: ARG002 - as the base calls it
        """Best effort: what is not sent now is sent the next time."""
        self._queue.send(entry.name, lane=Lane(entry.options["queue"]))


class Beat:
    """`run` it until `stopping` is set."""

    def __init__(self, portal: Portal, app: Celery, queue: BrokerQueue) -> None:
        self._portal = portal
        self._lease = timedelta(seconds=portal.settings.beat_lease_seconds)
        self._look_seconds = self._lease.total_seconds() / 4
        self._rounds = WordOfRounds(app, queue, longest_seconds=self._look_seconds)
        self._myself = new_id()
        self._leads: bool | None = None
        self._renewed_at = -math.inf

    def run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            seconds = self._rounds.tick() if self._is_leader() else self._look_seconds
            stopping.wait(seconds)
        if self._leads:
            self._step_down()

    def _is_leader(self) -> bool:
        """Take or renew the lease, long before its end. Where the database is away nobody leads: there would be nothing
        to do.
        """
        if self._leads and time.monotonic() - self._renewed_at < self._look_seconds:
            return True
        began = time.monotonic()
        try:
            with self._portal.unit_of_work(SYSTEM) as uow:
                leads = take_lease(uow, BEAT, holder=self._myself, lasting=self._lease)
        except SQLAlchemyError as away:
            log.warning("database_unreachable", kind=type(away).__name__)
            leads = False
        if leads is not self._leads:
            log.info("beat_leads" if leads else "beat_waits", holder=str(self._myself))
        self._leads, self._renewed_at = leads, began
        return leads

    def _step_down(self) -> None:
        try:
            with self._portal.unit_of_work(SYSTEM) as uow:
                give_lease_back(uow, BEAT, holder=self._myself)
        except SQLAlchemyError as away:
            log.warning("database_unreachable", kind=type(away).__name__)
