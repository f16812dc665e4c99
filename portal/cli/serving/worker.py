"""A process that serves: gunicorn's own with threads, taught to share connections and to leave politely."""

import signal
import time
from types import FrameType

from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a new connection only while one of its threads is free, and leaves it to the other processes otherwise.

    Gunicorn's own takes whatever comes as long as it holds fewer than a thousand. Of eight connections that a proxy
    opens at once and keeps, one process then often has seven, and half of the cores stand idle while they last.
    """

    def beat_into(self, heartbeats: "memoryview[float]", slot: int) -> None:
        """Where the parent looks for a sign of life."""
        self._heartbeats, self._slot = heartbeats, slot

    def notify(self) -> None:
        self._heartbeats[self._slot] = time.monotonic()

    def init_signals(self) -> None:
        """Ctrl-C reaches every process of a terminal; the parent says what follows from it."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Whoever is interrupted once more while leaving would stand before a lock of its own, until it is killed."""
        for again in (signal.SIGQUIT, signal.SIGTERM):
            signal.signal(again, signal.SIG_IGN)
        super().handle_quit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's own signature
        """A process that has stopped for good shuts its own door too: while that is open, the kernel takes connections
        that nobody will ever look at.
        """
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for listener in self.sockets:
                listener.close()

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """While the portal leaves, each connection is given up with the answer that it waits for: a proxy that kept it
        would send its next request just when it is closed.
        """
        import wsgi  # noqa: PLC0415 - exists only once the application is loaded

        if wsgi.is_leaving():
            self.cfg.set("keepalive", 0)
        return bool(super().handle_request(req, conn))

    @property
    def worker_connections(self) -> int:
        """How many connections make it stop: those that wait for their next request take no thread."""
        waiting = len(self.keepalived_conns) + len(self.pending_conns)
        return min(self._most, waiting + int(self.cfg.threads))

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most: int = most
