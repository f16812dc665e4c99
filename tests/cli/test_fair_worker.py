"""How the processes that serve share connections: a burst that is kept open must not end up in one of them."""

import socket
import time
from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from portal.cli.serving.worker import PATIENCE_SECONDS, FairWorker


def process(*, busy: int, waiting: int, doors: Sequence[socket.socket] = ()) -> FairWorker:
    """One of four threads with so many connections."""
    worker = object.__new__(FairWorker)
    worker.cfg = SimpleNamespace(threads=4)
    worker.keepalived_conns, worker.pending_conns = deque(range(waiting)), deque()
    worker.worker_connections = 1000
    worker.nr_conns = busy + waiting
    worker.sockets = doors
    return worker


def accepts(worker: FairWorker) -> bool:
    """Whether it takes another, as gunicorn asks before each wait."""
    return bool(worker.nr_conns < worker.worker_connections)


@pytest.mark.parametrize(
    ("busy", "waiting", "takes"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (3, 500, True), (4, 500, False), (0, 1000, False)],
)
def test_a_connection_is_taken_only_by_who_has_a_thread_for_it(
    *, busy: int, waiting: int, takes: bool
) -> None:
    assert accepts(process(busy=busy, waiting=waiting)) is takes


def test_whoever_knocks_for_a_while_is_let_in_by_a_process_that_is_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Connections that are kept busy would otherwise shut out all others for as long as they last."""
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with socket.create_server(("127.0.0.1", 0)) as door:
        worker = process(busy=4, waiting=3, doors=[door])
        assert not accepts(worker)
        now += 10
        with socket.create_connection(door.getsockname()):
            assert not accepts(worker)  # another process may have a thread
            now += 2 * PATIENCE_SECONDS
            assert accepts(worker)
            assert accepts(worker)
            let_in, _ = door.accept()
            let_in.close()
        assert not accepts(worker)
        with socket.create_connection(door.getsockname()):
            assert not accepts(worker)


def test_nobody_is_let_in_beyond_what_a_process_may_hold() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_connection(door.getsockname()):
        worker = process(busy=4, waiting=996, doors=[door])
        worker._knocked_at = 0.0
        assert not accepts(worker)


def test_gunicorns_loop_asks_for_what_is_set_here() -> None:
    """The rule hangs on two names of the library; a release that renames them must not pass unseen."""
    names = ThreadWorker.run.__code__.co_names
    assert {"nr_conns", "worker_connections"} <= set(names)
    assert {"keepalived_conns", "pending_conns"} <= set(ThreadWorker.__init__.__code__.co_names)
