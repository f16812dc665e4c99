"""A thread that stays with its connection: it answers what comes next there, and never keeps anybody else waiting."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from portal.cli.serving import staying
from portal.cli.serving.staying import Call, OneWrite, Threads, is_read_whole

LONG_MS = 30_000
"""Longer than any of these tests waits for an answer: whoever has one before that was not waiting for the end."""


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
