"""How the processes that serve share connections: a burst that is kept open must not end up in one of them."""

import runpy
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("PORTAL_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("PORTAL_THREADS", "4")
    return runpy.run_path(str(CONFIGURATION))


def accepts(configuration: dict[str, Any], *, busy: int, waiting: int) -> bool:
    """Whether a process with so many connections takes another one, as gunicorn asks it before each wait."""
    worker = object.__new__(configuration["worker_class"])
    worker.cfg = SimpleNamespace(threads=configuration["threads"])
    worker.keepalived_conns, worker.pending_conns = deque(range(waiting)), deque()
    worker.worker_connections = 1000
    worker.nr_conns = busy + waiting
    return bool(worker.nr_conns < worker.worker_connections)


@pytest.mark.parametrize(
    ("busy", "waiting", "takes"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (3, 500, True), (4, 500, False), (0, 1000, False)],
)
def test_a_connection_is_taken_only_by_who_has_a_thread_for_it(
    configuration: dict[str, Any], *, busy: int, waiting: int, takes: bool
) -> None:
    assert accepts(configuration, busy=busy, waiting=waiting) is takes


def test_gunicorns_loop_asks_for_what_is_set_here() -> None:
    """The rule hangs on two names of the library; a release that renames them must not pass unseen."""
    names = ThreadWorker.run.__code__.co_names
    assert {"nr_conns", "worker_connections"} <= set(names)
    assert {"keepalived_conns", "pending_conns"} <= set(ThreadWorker.__init__.__code__.co_names)
