"""The sealer: it chains what was written, signs the head, and verifies as it goes.

One of them works at a time, by a lock of the database; whoever does not get it has nothing to do. Celery's workers do
it every few seconds. The embedded one is a thread, which wakes when this machine has written an entry, and at least
each minute for what others have.
"""

import math
import threading
import time
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.services.keeping import Keeper
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60.0
GATHER_SECONDS: Final = 1.0
"""Between an entry and its seal: a batch costs little more than a single one, and on SQLite every commit is a wait."""


def keeper_of(portal: Portal) -> Keeper:
    """Who looks after this portal's chain when nobody asks for it."""
    return Keeper(portal.reading, lambda: portal.unit_of_work(SYSTEM), portal.ports)


def seal_history(portal: Portal) -> None:
    """Chain what was written since, and sign the head where that is due."""
    keeper = keeper_of(portal)
    keeper.seal_waiting()
    keeper.sign_head()


def tend_history(portal: Portal) -> None:
    """What is enough once a minute: keys for strangers, a stretch of verifying, and what is old enough to go."""
    keeper = keeper_of(portal)
    keeper.make_keys()
    keeper.verify_some()
    keeper.remove_old()


class SealingThread:
    """`start` it after the fork, `stop` it before the process ends; what it leaves undone the next one does."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._wake = portal.wake_sealer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sealer", daemon=True)
        self._swept_at = -math.inf

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(wait_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except SQLAlchemyError as away:
                # the database may be restarting; what waits is in it
                log.warning("audit_unreachable", kind=type(away).__name__)
            except Exception:
                log.exception("audit_sealer_failed")
            self._wake.wait(EVERY_SECONDS)
            self._stopping.wait(GATHER_SECONDS)
            self._wake.clear()

    def _turn(self) -> None:
        seal_history(self._portal)
        if time.monotonic() - self._swept_at >= EVERY_SECONDS:
            self._swept_at = time.monotonic()
            tend_history(self._portal)
