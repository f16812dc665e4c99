"""The Celery application: the rounds as tasks without arguments. Only who works loads it.

A message is word that there may be something to do; what, stands in the outbox table. So a task never fails or retries
in Celery's sense, nothing is kept in a result backend, and a message that comes twice finds nothing to do.
"""

import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from celery import Celery, signals
from kombu.entity import Queue
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from portal.bootstrap import Portal
from portal.infra.broker import TASK, broker_address, transport_options
from portal.infra.queue import Lane
from portal.infra.settings import Settings
from portal.jobs.delivery import PACES
from portal.jobs.rounds import ROUNDS, Round

log = structlog.get_logger(__name__)

INSIST: Final = timedelta(seconds=15)
"""Between the error that ends a piece of work which takes too long, and the end of its process."""
TASKS_OF_A_PROCESS: Final = 10_000
QUIET: Final = ("celery.app.trace", "celery.worker.strategy", "celery.pool")
"""They write two lines for each look into the table."""


def configuration(settings: Settings) -> Mapping[str, Any]:
    """Every choice of ours; the rest is as Celery has it."""
    longest = max(pace.claim for pace in PACES.values())
    return {
        "broker_url": broker_address(settings.redis_url or ""),
        # a message in hand comes again after the longest work, and not before
        "broker_transport_options": transport_options() | {"visibility_timeout": 2 * longest.total_seconds()},
        "broker_connection_timeout": 5,
        "broker_connection_max_retries": None,
        "broker_connection_retry_on_startup": True,
        "broker_heartbeat": 0,
        # JSON and nothing else in both directions: no message makes an object
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_queues": [Queue(lane, routing_key=lane) for lane in Lane],  # type: ignore[no-untyped-call]
        "task_default_queue": Lane.PROMPT,
        "task_create_missing_queues": False,
        "task_acks_late": True,
        # the claim of what was in hand runs out, and word of it comes anyway
        "task_reject_on_worker_lost": False,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": TASKS_OF_A_PROCESS,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # whoever reaches Redis must not be able to stop workers or have them do something else
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def make_app(portal: Portal) -> Celery:
    """An application whose tasks work on this portal."""
    app = Celery("portal", set_as_current=False)
    app.conf.update(configuration(portal.settings))
    for entry in ROUNDS:
        limit = PACES[entry.lane].claim
        app.task(
            _task(portal, entry),
            name=f"{TASK}{entry.name}",
            soft_time_limit=limit.total_seconds(),
            time_limit=(limit + INSIST).total_seconds(),
        )
    return app


def work(portal: Portal, *, lanes: Sequence[Lane] = tuple(Lane), processes: int) -> int:
    """Be a worker until SIGTERM, which lets what is in hand finish; the exit code."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    app = make_app(portal)
    signals.worker_process_init.connect(lambda **_: portal.after_fork(), weak=False)
    signals.setup_logging.connect(_keep_logging, weak=False)
    if (port := portal.settings.worker_metrics_port) is not None:
        signals.worker_ready.connect(
            lambda **_: _tell_metrics(port, address=portal.settings.bind), weak=False
        )
    worker = app.Worker(
        hostname=f"portal@{socket.gethostname()}",
        pool="prefork",
        concurrency=processes,
        queues=list(lanes),
        optimization="fair",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    log.info("worker_started", lanes=list(lanes), processes=processes)
    worker.start()
    log.info("worker_stopped")
    return int(worker.exitcode or 0)


def _task(portal: Portal, entry: Round) -> Callable[[], None]:
    def task() -> None:
        try:
            entry.run(portal)
        except SQLAlchemyError as away:
            log.warning("database_unreachable", round=entry.name, kind=type(away).__name__)
        except Exception:
            # beat sends the next one; a failed task is nobody's to look at
            log.exception("round_failed", round=entry.name)

    return task


def _tell_metrics(port: int, *, address: str) -> None:
    """From a thread of the process that does not work itself, once those that do are forked."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    try:
        start_http_server(port, addr=address, registry=registry)
    except OSError as taken:
        log.error("worker_metrics_untold", port=port, kind=type(taken).__name__)  # noqa: TRY400 - the kind says it all


def _keep_logging(**_: object) -> None:
    """Our lines stay as they are: whoever listens to this signal keeps Celery from setting up its own."""
