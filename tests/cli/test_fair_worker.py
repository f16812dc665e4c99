"""How the processes that serve share connections: a burst that is kept open must not end up in one of them."""

from collections import deque
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from portal.cli.serving.worker import FairWorker


def accepts(*, busy: int, waiting: int) -> bool:
    """Whether a process of four threads with so many connections takes another, as gunicorn asks before each wait."""
    worker = object.__new__(FairWorker)
    worker.cfg = SimpleNamespace(threads=4)
    worker.keepalived_conns, worker.pending_conns = deque(range(waiting)), deque()
    worker.worker_connections = 1000
    worker.nr_conns = busy + waiting
    return bool(worker.nr_conns < worker.worker_connections)


@pytest.mark.parametrize(
    ("busy", "waiting", "takes"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (3, 500, True), (4, 500, False), (0, 1000, False)],
)
def test_a_connection_is_taken_only_by_who_has_a_thread_for_it(
    *, busy: int, waiting: int, takes: bool
) -> None:
    assert accepts(busy=busy, waiting=waiting) is takes


def test_gunicorns_loop_asks_for_what_is_set_here() -> None:
    """The rule hangs on two names of the library; a release that renames them must not pass unseen."""
    names = ThreadWorker.run.__code__.co_names
    assert {"nr_conns", "worker_connections"} <= set(names)
    assert {"keepalived_conns", "pending_conns"} <= set(ThreadWorker.__init__.__code__.co_names)
