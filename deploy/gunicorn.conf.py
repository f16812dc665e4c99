"""How gunicorn serves Portal. `portal run` and `portal serve` start it with this file, and so may anybody.

Only what differs from gunicorn's own defaults is set. What an operator may choose comes from Portal's settings.
"""

import gc
import os
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

from portal.infra.counting import VARIABLE, forget_dead_starts, make_folder
from portal.infra.settings import SettingsError, load_settings

# Loading makes much and throws little away; the collector only starts once everything is there (wsgi.before_serving).
gc.disable()

try:
    settings = load_settings()
except SettingsError as problem:
    sys.exit(f"portal: {problem}")

_MEMORY = Path("/dev/shm")  # noqa: S108 - the heartbeat files that gunicorn puts there are its own, made by mkstemp
_FAST = str(_MEMORY) if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else tempfile.gettempdir()


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a new connection only while one of its threads is free, and leaves it to the other processes otherwise.

    Gunicorn's own takes whatever comes as long as it holds fewer than a thousand. Of eight connections that a proxy
    opens at once and keeps, one process then often has seven, and half of the cores stand idle while they last.
    """

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
        return min(self._most, waiting + settings.threads)

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most: int = most


chdir = str(Path(__file__).resolve().parent.parent)
wsgi_app = "wsgi:app"
bind = [f"{'[' + settings.bind + ']' if ':' in settings.bind else settings.bind}:{settings.port}"]

# Threads, because the work is waiting for the database; processes, because of the interpreter's lock. The
# application is loaded once, before the fork, so that the processes share its pages.
worker_class = FairWorker
workers = settings.workers
threads = settings.threads
preload_app = True

# A heartbeat file on a disk blocks while the disk is busy, and a healthy worker is then killed for it.
worker_tmp_dir = _FAST
timeout = 30
graceful_timeout = 25  # below the 30 seconds after which container platforms stop asking
keepalive = 10
max_requests = 20_000
max_requests_jitter = 2_000

# An authorization request with a signed request object is the longest line that a browser sends.
limit_request_line = 8190
limit_request_fields = 64

# Who the visitor is behind a proxy is decided in one place, by PORTAL_TRUSTED_PROXY_HOPS; gunicorn believes nobody.
forwarded_allow_ips = ""
proxy_allow_ips = ""

# A socket that takes commands is one more door; signals do the same.
control_socket_disable = True

# Requests are logged by the application, with the request id; here only trouble is worth a line.
accesslog = None
loglevel = "warning"

# Counters of all processes are added up through files in this folder; prometheus_client reads the variable when it is
# imported, and wants the folder to be there. One for each start: while a portal is replaced, the old one still counts.
try:
    metrics_dir = make_folder(settings.instance_dir, os.getpid())
except SettingsError as problem:
    sys.exit(f"portal: {problem}")
raw_env = [f"{VARIABLE}={metrics_dir}"]


def ssl_context(_config: Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """For `portal run --tls`, which names a certificate: modern TLS only."""
    from portal.cli.tls import harden  # noqa: PLC0415 - most portals stand behind a proxy that does it

    return harden(default())


def on_starting(server: Arbiter) -> None:
    """Schema, keys and setup link, before anybody is let in."""
    import wsgi  # noqa: PLC0415 - exists only once the application is loaded

    # who starts gunicorn anew, or from systemd, hands its sockets over
    is_handed_over = server.master_pid or "LISTEN_FDS" in os.environ
    wsgi.before_serving(() if is_handed_over else server.address)


def when_ready(_server: Arbiter) -> None:
    """Forget what starts that were killed have left."""
    forget_dead_starts(settings.instance_dir)


def post_fork(_server: Arbiter, _worker: Worker) -> None:
    """What must not be shared between processes (connections, threads, random state) is made anew in each."""
    import wsgi  # noqa: PLC0415 - exists only once the application is loaded

    wsgi.after_fork()


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Drop the gauges of a worker that is gone."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the folder's variable when it is imported

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Arbiter) -> None:
    """Leave no files behind."""
    shutil.rmtree(metrics_dir, ignore_errors=True)
