"""What `portal worker` and `portal beat` become: a process that works, or that sends word of what is due."""

import argparse
import signal
import sys
import threading

from portal.bootstrap import Portal, build_portal
from portal.infra.broker import BrokerQueue
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.logging import configure_logging
from portal.infra.queue import Lane
from portal.infra.settings import Settings, SettingsError, load_settings


def main() -> int:
    """The exit code; what a person can mend is one line."""
    given = _arguments().parse_args()
    try:
        settings = load_settings()
        queue = BrokerQueue(_redis(settings))
        portal = build_portal(settings, queue=queue)
    except (SettingsError, KeyFileError) as problem:
        sys.exit(f"portal: {problem}")
    configure_logging(settings.log_level, settings.log_format)
    if given.role == "beat":
        return _beat(portal, queue)
    from portal.jobs.celery import work  # noqa: PLC0415 - set up once the log is

    lanes = [given.lane] if given.lane else list(Lane)
    return work(portal, lanes=lanes, processes=given.processes or settings.job_processes)


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsError("PORTAL_REDIS_URL: workers and the beat need one")
    return settings.redis_url


def _beat(portal: Portal, queue: BrokerQueue) -> int:
    from portal.jobs.beat import Beat  # noqa: PLC0415
    from portal.jobs.celery import make_app  # noqa: PLC0415

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    Beat(portal, make_app(portal), queue).run(stopping)
    queue.close()
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal.jobs")
    parser.add_argument("role", choices=("worker", "beat"))
    parser.add_argument("--lane", type=Lane, choices=list(Lane))
    parser.add_argument("--processes", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
