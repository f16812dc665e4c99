"""The other server of `portal serve`: granian, whose connections are compiled code, which leaves Python more time.

Like gunicorn's it loads the portal once, before the fork, and says at /ready that it leaves before it does. It has no
watchdog for a request that never ends, and no Python of its own around each; everything else is the portal's.
"""

import gc
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from multiprocessing.util import Finalize
from typing import Any, Final

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

import portal.infra.plain_logs  # noqa: F401 - before anything that logs
from portal.cli.exits import StartFailed
from portal.cli.listening import ensure_can_listen
from portal.cli.serve import address_of
from portal.infra.counting import dead_processes, folder_of, forget_dead_starts
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.settings import Settings, SettingsError, load_settings

log = structlog.get_logger(__name__)

FINISHING_SECONDS: Final = 25
LOOK_SECONDS: Final = 1.0
"""Between two looks of a process whether its parent still lives."""
# Its lines shall look like ours, and only trouble is worth one.
_LOG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"handlers": [], "level": "WARNING", "propagate": True}},
}


class LeavingServer(MPServer):
    """As `portal.cli.serving.parent`: SIGTERM is told first, and SIGINT is not."""

    def __init__(self, settings: Settings) -> None:
        self._drain_seconds = settings.drain_seconds
        self._is_leaving = False
        super().__init__(
            "wsgi:app",
            address=address_of(settings),
            port=settings.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=settings.workers,
            blocking_threads=settings.threads,
            respawn_failed_workers=True,
            workers_kill_timeout=FINISHING_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=_LOG,
        )

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - granian's own signature
        """Whoever asks twice does not mean it any faster."""
        if args[0] != signal.SIGTERM or not self._drain_seconds:
            super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]
        elif not self._is_leaving:
            self._is_leaving = True
            import wsgi  # noqa: PLC0415 - loaded by now

            wsgi.leave()
            log.info("leaving", seconds=self._drain_seconds)
            signal.signal(signal.SIGALRM, super().signal_handler_interrupt)
            signal.setitimer(signal.ITIMER_REAL, self._drain_seconds)


def _in_worker(_target: str) -> Any:  # noqa: ANN401 - an application as WSGI has it
    """What a new process begins with: the application that its parent has loaded, made anew where it must be."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads the folder's variable when it is imported

    import wsgi  # noqa: PLC0415 - loaded by now

    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent-watch", daemon=True).start()
    stop = wsgi.after_fork()
    # a process that multiprocessing has made ends without what is registered with `atexit`
    Finalize(None, stop, exitpriority=0)
    for pid in dead_processes(folder_of(load_settings().instance_dir, os.getppid())):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
    return wsgi.app


def _end_with(parent: int) -> None:
    """A parent that is killed tells nobody. Its children would keep the port, and serve beside whoever comes after."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    log.warning("parent_gone")
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve until a signal."""
    # loading makes much and throws little away; the collector starts once everything is there
    gc.disable()
    try:
        settings = load_settings()
        import wsgi  # noqa: PLC0415 - builds the portal
    except (SettingsError, KeyFileError) as problem:
        sys.exit(f"portal: {problem}")
    try:
        ensure_can_listen([(address_of(settings), settings.port)])
    except StartFailed as problem:
        sys.exit(f"portal: {problem}")
    wsgi.before_serving_prepared()
    wsgi.before_fork()
    forget_dead_starts(settings.instance_dir)
    # later Pythons would start each process anew, and nothing that is loaded would be shared
    multiprocessing.set_start_method("fork", force=True)
    try:
        LeavingServer(settings).serve(target_loader=_in_worker)
    finally:
        if multiprocessing.parent_process() is None:
            shutil.rmtree(folder_of(settings.instance_dir, os.getpid()), ignore_errors=True)


if __name__ == "__main__":
    main()
