"""A thread that stays with its connection: it answers what comes next there, and never keeps anybody else waiting."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from portal.cli.serving import staying
from portal.cli.serving.staying import Call, OneWrite, Threads, is_read_whole
from tests.support.live import LivePortal, running_portal
from tests.support.post import PostOffice

LONG_MS = 30_000
"""Longer than any of these tests waits for an answer: whoever has one before that was not waiting for the end."""
THREADS = 2


@pytest.fixture
def long_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "STAY_MS", LONG_MS)


@pytest.fixture
def threads() -> Iterator[Threads]:
    with Threads(max_workers=1) as pool:
        yield pool


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection: the portal's end and the visitor's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@contextmanager
def busy(threads: Threads) -> Iterator[None]:
    """All threads have work, and more waits."""
    goes_on = threading.Event()
    for _ in range(2):
        threads.submit(goes_on.wait, 20)
    try:
        yield
    finally:
        goes_on.set()


Ends = tuple[socket.socket, socket.socket]


def test_the_next_request_of_the_connection_is_its_own(ends: Ends, threads: Threads) -> None:
    ends[1].sendall(b"GET")
    assert Call().listen(ends[0], threads, ())


def test_a_silent_connection_is_given_back_after_a_moment(
    ends: Ends, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "STAY_MS", 1)
    assert not Call().listen(ends[0], threads, ())


@pytest.mark.usefixtures("long_stay")
def test_who_waits_for_a_thread_comes_before_whoever_may_ask_next(ends: Ends, threads: Threads) -> None:
    with busy(threads):
        assert not Call().listen(ends[0], threads, ())


@pytest.mark.usefixtures("long_stay")
def test_who_listens_is_woken_for_a_request_without_a_thread(ends: Ends, threads: Threads) -> None:
    call, heard = Call(), []
    listening = threading.Thread(target=lambda: heard.append(call.listen(ends[0], threads, ())))
    listening.start()
    while listening.is_alive():
        call.wake_one()  # nobody listens at first, and then this does nothing
        listening.join(0.01)
    assert heard == [False]


@pytest.mark.usefixtures("long_stay")
def test_a_call_that_nobody_needed_costs_one_turn(ends: Ends, threads: Threads) -> None:
    call = Call()
    call._listening.add(0)
    call.wake_one()
    call._listening.clear()
    ends[1].sendall(b"GET")
    assert not call.listen(ends[0], threads, ())
    assert call.listen(ends[0], threads, ())


def test_nobody_knocks_in_vain_at_a_process_whose_threads_are_all_kept_busy(
    ends: Ends, threads: Threads
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        ends[1].sendall(b"GET")
        assert Call().listen(ends[0], threads, [door])
        with socket.create_connection(door.getsockname()):
            assert not Call().listen(ends[0], threads, [door])


class Wire:
    """A connection that notes each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.writes.append(data)

    def sendfile(self, file: io.BytesIO, *, offset: int, count: int) -> int:
        self.writes.append(file.getvalue()[offset : offset + count])
        return count


def answering(method: str = "GET", **headers: str) -> tuple[OneWrite, Wire]:
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    wire = Wire()
    answer = OneWrite(request, wire, Config())  # type: ignore[arg-type]
    answer.start_response("200 OK", [(name.replace("_", "-"), value) for name, value in headers.items()])
    return answer, wire


def test_a_small_answer_is_one_write() -> None:
    answer, wire = answering(Content_Length="5")
    answer.write(b"hello")
    answer.close()
    (written,) = wire.writes
    assert written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert written.endswith(b"\r\n\r\nhello")


def test_a_long_answer_is_sent_as_it_comes() -> None:
    answer, wire = answering()
    answer.write(b"first")
    assert wire.writes[0].endswith(b"\r\n\r\n5\r\nfirst\r\n")
    answer.write(b"second")
    answer.close()
    assert wire.writes[1:] == [b"6\r\nsecond\r\n", b"0\r\n\r\n"]


def test_an_answer_without_a_body_is_sent_at_its_end() -> None:
    answer, wire = answering("HEAD", Content_Length="5")
    answer.write(b"")
    assert not wire.writes
    answer.close()
    assert wire.writes[0].endswith(b"\r\n\r\n")


def test_the_head_goes_before_a_file() -> None:
    answer, wire = answering(Content_Length="4")
    answer.send_headers()
    answer.sock.sendfile(io.BytesIO(b"a file"), offset=2, count=4)
    answer.close()
    assert [part[:4] for part in wire.writes] == [b"HTTP", b"file"]


@pytest.mark.parametrize(
    ("sent", "read", "is_whole"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nform", 4, True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nform", 0, False),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 4, False),
    ],
)
def test_only_what_certainly_is_read_whole_counts_as_that(
    ends: Ends, sent: bytes, read: int, *, is_whole: bool
) -> None:
    ends[1].sendall(sent)
    request = next(RequestParser(Config(), ends[0], ("127.0.0.1", 1)))
    request.body.read(read)
    assert is_read_whole(request) is is_whole


def test_gunicorn_has_what_hangs_on_it() -> None:
    """A release that renames one of these must not pass unseen."""
    assert "_keepalive_after" in ThreadWorker.handle.__code__.co_names
    assert {"tpool", "submit", "handle"} <= set(ThreadWorker.enqueue_req.__code__.co_names)
    assert "Response" in wsgi.create.__code__.co_names


# ---------------------------------------------------------------------------------------------------- a live portal


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[LivePortal]:
    """One process of two threads: whoever is third has nobody else to go to."""
    folder = tmp_path_factory.mktemp("served")
    few = {"PORTAL_WORKERS": "1", "PORTAL_THREADS": str(THREADS)}
    with running_portal(f"sqlite:///{folder / 'portal.db'}", folder, post_office, few) as portal:
        yield portal


class Visitor:
    """A connection that stays open."""

    def __init__(self, portal: LivePortal) -> None:
        self._connection = socket.create_connection(("127.0.0.1", portal.program.port), timeout=20)
        self._read = self._connection.makefile("rb")

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self._connection.close()

    def send(self, *requests: bytes) -> None:
        self._connection.sendall(b"".join(requests))

    def status(self) -> int:
        """Of the next answer, which is read to its end."""
        status = int(self._read.readline().split()[1])
        length = 0
        while (line := self._read.readline().strip()) != b"":
            name, _, value = line.lower().partition(b":")
            length = int(value) if name == b"content-length" else length
        self._read.read(length)
        return status


HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"


def test_many_who_stay_are_all_answered(served: LivePortal) -> None:
    """More connections than threads, each of which asks again and again."""
    with ExitStack() as open_ones:
        visitors = [open_ones.enter_context(Visitor(served)) for _ in range(THREADS * 4)]
        for _ in range(5):
            for visitor in visitors:
                visitor.send(HEALTH)
            assert {visitor.status() for visitor in visitors} == {200}


def test_somebody_new_gets_in_while_all_threads_are_kept_busy(served: LivePortal) -> None:
    stopped = threading.Event()

    def keep_asking() -> None:
        with Visitor(served) as visitor:
            while not stopped.is_set():
                visitor.send(HEALTH)
                visitor.status()

    keen = [threading.Thread(target=keep_asking) for _ in range(THREADS)]
    try:
        for one in keen:
            one.start()
        for _ in range(5):
            with Visitor(served) as newcomer:
                newcomer.send(HEALTH)
                assert newcomer.status() == 200
    finally:
        stopped.set()
        for one in keen:
            one.join()


def test_requests_that_are_sent_at_once_are_answered_one_by_one(served: LivePortal) -> None:
    with Visitor(served) as visitor:
        visitor.send(HEALTH, b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", HEALTH)
        assert [visitor.status() for _ in range(3)] == [200, 404, 200]


def test_a_body_that_nobody_reads_is_no_request(served: LivePortal) -> None:
    """Otherwise one visitor of a proxy could put words into the mouth of the next (request smuggling)."""
    body = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with Visitor(served) as visitor:
        visitor.send(POST % (len(body), body))
        assert visitor.status() == 405
        visitor.send(HEALTH)
        assert visitor.status() == 200


def test_a_body_that_comes_late_is_no_request_either(served: LivePortal) -> None:
    body = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with Visitor(served) as visitor:
        visitor.send(POST % (len(body), body[:5]))
        assert visitor.status() == 405
        visitor.send(body[5:], HEALTH)
        assert visitor.status() == 200
