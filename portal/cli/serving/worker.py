"""A process that serves: gunicorn's own with threads, taught to share connections and to leave politely."""

import math
import signal
import time
from types import FrameType
from typing import Final

from gunicorn.config import Config
from gunicorn.http import wsgi as answers
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from portal.cli.serving.staying import Call, OneWrite, Threads, is_knocked_at, is_read_whole

LOOK_SECONDS: Final = 0.1
"""Between two looks whether the portal is about to leave."""
PATIENCE_SECONDS: Final = 0.02
"""How long somebody may knock while no process has a thread for them."""


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a new connection only while one of its threads is free, and leaves it to the other processes otherwise.

    Gunicorn's own takes whatever comes as long as it holds fewer than a thousand. Of eight connections that a proxy
    opens at once and keeps, one process then often has seven, and half of the cores stand idle while they last. Where
    all processes are busy, there is nothing left to share, and each takes what comes.
    """

    cfg: Config
    tpool: Threads

    def init_process(self) -> None:
        self._call = Call()
        self._looked_at = 0.0
        # gunicorn makes what it finds here, and has no setting for it
        answers.Response = OneWrite
        super().init_process()

    def get_thread_pool(self) -> Threads:
        return Threads(max_workers=self.cfg.threads)

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

    def enqueue_req(self, conn: TConn) -> None:
        """In the main thread: whoever only listens to a connection may be the one to do this."""
        super().enqueue_req(conn)
        if self.tpool.are_wanted:
            self._call.wake_one()

    def handle(self, conn: TConn) -> object:
        """All that a connection asks for without a long pause, for as long as nobody else needs the thread."""
        goes_on = super().handle(conn)
        while goes_on is True and self._stays_with(conn):
            goes_on = super().handle(conn)
        return goes_on

    def _stays_with(self, conn: TConn) -> bool:
        if not self.alive or self.cfg.is_ssl or conn.parser.unreader.buf.getvalue():
            return False  # what was read ahead, by TLS or with the request before, no poll shows
        return self._call.listen(conn.sock, self.tpool, () if self._accepting else self.sockets)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:  # noqa: FBT001 - gunicorn's own signature
        """Whether there may be another request. What is read whole needs none of gunicorn's care for the rest of it,
        which sets the connection's timeout four times.
        """
        if keepalive and is_read_whole(conn.parser.mesg):
            conn.parser.mesg = None
            return True
        return bool(super()._keepalive_after(conn, keepalive))

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """While the portal leaves, each connection is given up with the answer that it waits for: a proxy that kept it
        would send its next request just when it is closed.
        """
        now = time.monotonic()
        if now - self._looked_at > LOOK_SECONDS:
            import wsgi  # noqa: PLC0415 - exists only once the application is loaded

            self._looked_at = now
            if wsgi.is_leaving():
                self.cfg.set("keepalive", 0)
        return bool(super().handle_request(req, conn))

    @property
    def worker_connections(self) -> int:
        """How many connections make it stop: those that wait for their next request take no thread. Whoever has knocked
        for a while was not let in by the others either, and would wait for as long as all are busy.
        """
        waiting = len(self.keepalived_conns) + len(self.pending_conns)
        usual = min(self._most, waiting + int(self.cfg.threads))
        if self.nr_conns < usual or not is_knocked_at(self.sockets):
            self._knocked_at = math.inf
            return usual
        now = time.monotonic()
        self._knocked_at = min(self._knocked_at, now)
        return self._most if now - self._knocked_at > PATIENCE_SECONDS else usual

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most, self._knocked_at = most, math.inf
