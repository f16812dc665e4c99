"""What one loader makes: gunicorn as Portal wants it, the portal, and processes of it that serve."""

import gc
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from gunicorn import sock
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

import portal.infra.plain_logs  # noqa: F401 - before anything that logs
from portal.cli.serving.loading import Teller
from portal.cli.serving.options import Options
from portal.cli.serving.shared import GRACEFUL_SECONDS, SILENCE_SECONDS, Shared
from portal.cli.serving.worker import FairWorker
from portal.infra.counting import dead_processes

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

ADOPTION_SECONDS: Final = 10.0
NOT_LOADED: Final = 4
"""Exit code where the portal can't be loaded for a reason that is nobody's but ours."""


class Served(BaseApplication):  # type: ignore[misc]
    """The portal as gunicorn knows it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """No arguments and no variables of gunicorn's own: what there is to set, Portal's settings set."""
        for name, value in configuration(self._options).items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        import wsgi  # noqa: PLC0415 - builds the portal

        return wsgi.app


class Generation:
    """Processes that share what was loaded for them. Before the first one, schema, roles and keys are seen to."""

    def __init__(self, options: Options, shared: Shared, slots: Sequence[int], *, is_first: bool) -> None:
        """`slots` are where they beat their hearts."""
        self._options = options
        self._shared = shared
        self._slots = slots
        self._is_first = is_first

    def begin(self, teller: Teller) -> int:
        """Load, fork, and tell of each. In the loader it returns with an exit code, in the others it never does."""
        try:
            self._load()
        except SystemExit as refused:
            return _last_words(refused)
        except Exception:
            log.exception("not_loaded")
            return NOT_LOADED
        pids = []
        for place, slot in enumerate(self._slots):
            pid = os.fork()
            if not pid:
                self._serve(teller, slot)
            teller.tell(place, pid)
            pids.append(pid)
        if not self._shared.adopts:
            teller.let_go()
            _stay_with(pids, parent=self._shared.parent)
        return 0

    def _load(self) -> None:
        # loading makes much and throws little away; the collector starts once everything is there
        gc.disable()
        self._app = Served(self._options)
        # before the portal, which takes its lines over
        self._log = self._app.cfg.logger_class(self._app.cfg)
        self._listeners = sock.create_sockets(
            self._app.cfg, self._log, fds=[os.dup(self._shared.listener.fileno())]
        )
        self._app.wsgi()
        import wsgi  # noqa: PLC0415 - loaded by now

        if self._is_first:
            (wsgi.before_serving_prepared if self._options.prepared else wsgi.before_serving)()
        _forget_dead_processes(self._options.counters)
        wsgi.before_fork(self._shared.pipes)

    def _serve(self, teller: Teller, slot: int) -> None:
        """In a process of its own, which ends here."""
        import wsgi  # noqa: PLC0415 - loaded by now

        loader = os.getppid()
        teller.let_go()
        limit = time.monotonic() + ADOPTION_SECONDS
        while self._shared.adopts and not teller.has_left() and time.monotonic() < limit:
            time.sleep(0.002)
        # its own copy of the door is in `_listeners`: this one would keep it open when that is shut
        self._shared.listener.close()
        worker = FairWorker(
            slot,
            self._shared.parent if self._shared.adopts else loader,
            self._listeners,
            self._app,
            SILENCE_SECONDS,
            self._app.cfg,
            self._log,
        )
        worker.beat_into(self._shared.heartbeats, slot)
        wsgi.after_fork()
        worker.init_process()
        sys.exit(0)


def configuration(options: Options) -> dict[str, object]:
    """Only what differs from gunicorn's own defaults; what an operator may choose comes from Portal's settings."""
    return {
        # Threads, because the work is waiting for the database; processes, because of the interpreter's lock.
        "threads": options.threads,
        "graceful_timeout": int(GRACEFUL_SECONDS),
        "keepalive": 10,
        # A process that ends takes its generation along, so not too often; only a leak would be seen by then.
        "max_requests": 500_000,
        "max_requests_jitter": 50_000,
        # An authorization request with a signed request object is the longest line that a browser sends.
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        # Who the visitor is behind a proxy is decided in one place, by PORTAL_TRUSTED_PROXY_HOPS; gunicorn believes
        # nobody.
        "forwarded_allow_ips": "",
        "proxy_allow_ips": "",
        # Requests are logged by the application, with the request id; here only trouble is worth a line.
        "accesslog": None,
        "loglevel": "warning",
        "certfile": options.certificate or None,
        "keyfile": options.key or None,
        "ssl_context": _ssl_context,
    }


def _ssl_context(_config: Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """For `portal run --tls`, which names a certificate: modern TLS only."""
    from portal.cli.tls import harden  # noqa: PLC0415 - most portals stand behind a proxy that does it

    return harden(default())


def _forget_dead_processes(counters: str) -> None:
    """Drop the gauges of whoever is gone."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the folder's variable when it is imported

    for pid in dead_processes(Path(counters)):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _last_words(refused: SystemExit) -> int:
    if isinstance(refused.code, str):
        print(refused.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return refused.code if isinstance(refused.code, int) else 1


def _stay_with(pids: Sequence[int], *, parent: int) -> None:
    """Where nobody adopts them: until they have ended, which they are told to do when the parent is gone."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    living = set(pids)
    while living:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        living.discard(pid)
        if not pid:
            time.sleep(0.2)
        if os.getppid() != parent:
            for one in living:
                os.kill(one, signal.SIGTERM)
