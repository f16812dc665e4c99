"""What a web process does in the background where Celery workers do the work: send word of what was promised.

A thread, so that no request waits for Redis; and one process of a machine for all of them, as with the embedded worker,
so that many commits become one message and the others need no connection.
"""

import threading

from portal.bootstrap import Portal
from portal.infra.queue import JobQueue
from portal.jobs.duty import Duty
from portal.jobs.rounds import SWEEP_SECONDS


class Announcer:
    """`start` it after the fork, `stop` it before the process ends. Word that it loses is made good by the sweep."""

    def __init__(self, portal: Portal, queue: JobQueue) -> None:
        self._portal = portal
        self._queue = queue
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-announcer", daemon=True)
        self._duty = Duty(portal.settings.instance_dir)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait_seconds: float = 5.0) -> None:
        self._stopping.set()
        self._portal.wake_worker.set()
        self._thread.join(wait_seconds)
        self._duty.give_back()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._duty.is_mine():
                is_busy = self._stopping.wait(SWEEP_SECONDS)
            else:
                is_busy = self._portal.wake_worker.wait(SWEEP_SECONDS)
                self._portal.wake_worker.clear()
                if is_busy:
                    self._queue.announce()
            if not is_busy:
                self._portal.ports.passwords.release_memory()
