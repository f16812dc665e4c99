"""What `portal worker` and `portal beat` become: a process that works, or that sends word of what is due."""

import argparse
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from portal.infra.counting import folder_of, forget_dead_starts
from portal.infra.queue import Lane
from portal.infra.settings import Settings, SettingsError, load_settings


def main() -> int:
    """The exit code; what a person can mend is one line."""
    given = _arguments().parse_args()
    try:
        settings = load_settings()
        address = _redis(settings)
    except SettingsError as problem:
        sys.exit(f"portal: {problem}")
    if given.role == "beat":
        return _beat(settings, address)
    lanes = [given.lane] if given.lane else list(Lane)
    with _counting_together(settings):
        return _work(settings, address, lanes=lanes, processes=given.processes or settings.job_processes)


def _work(settings: Settings, address: str, *, lanes: list[Lane], processes: int) -> int:
    from portal.jobs.celery import work  # noqa: PLC0415 - a wrong setting is told before all that is loaded
    from portal.jobs.opening import open_portal  # noqa: PLC0415

    portal, _ = open_portal(settings, address)
    return work(portal, lanes=lanes, processes=processes)


def _beat(settings: Settings, address: str) -> int:
    from portal.jobs.beat import Beat  # noqa: PLC0415
    from portal.jobs.celery import make_app  # noqa: PLC0415
    from portal.jobs.opening import open_portal  # noqa: PLC0415

    portal, queue = open_portal(settings, address)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    Beat(portal, make_app(portal), queue).run(stopping)
    queue.close()
    return 0


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsError("PORTAL_REDIS_URL: workers and the beat need one")
    return settings.redis_url


@contextmanager
def _counting_together(settings: Settings) -> Iterator[None]:
    """Where somebody may ask for them, the counters of all processes are added up through files in a folder, which the
    command that became this process has made: the library looks for it as soon as it is loaded.
    """
    if settings.worker_metrics_port is None:
        yield
        return
    forget_dead_starts(settings.instance_dir)
    try:
        yield
    finally:
        shutil.rmtree(folder_of(settings.instance_dir, os.getpid()), ignore_errors=True)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal.jobs")
    parser.add_argument("role", choices=("worker", "beat"))
    parser.add_argument("--lane", type=Lane, choices=list(Lane))
    parser.add_argument("--processes", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
