"""Connections that stay open at a live portal of few threads: nobody waits in vain, and nobody speaks for another."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, Self

import pytest

from tests.support.live import LivePortal, running_portal
from tests.support.post import PostOffice

THREADS: Final = 2
MANY: Final = 1000
"""Requests that take a thread longer than somebody has to knock."""


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

    def __enter__(self) -> Self:
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


@pytest.mark.parametrize("busy", [THREADS, THREADS * 2])
def test_somebody_new_gets_in_while_all_threads_are_kept_busy(served: LivePortal, busy: int) -> None:
    """Each of them has sent so much at once that its thread never waits for more."""
    answered = [0] * busy
    with ExitStack() as open_ones:
        keen = [open_ones.enter_context(Visitor(served)) for _ in range(busy)]

        def read_answers(place: int) -> None:
            for _ in range(MANY):
                answered[place] += keen[place].status() == 200

        readers = [threading.Thread(target=read_answers, args=(place,)) for place in range(busy)]
        for visitor in keen:
            visitor.send(HEALTH * MANY)
        for reader in readers:
            reader.start()
        try:
            with Visitor(served) as newcomer:
                newcomer.send(HEALTH)
                assert newcomer.status() == 200
            assert max(answered) < MANY
        finally:
            for reader in readers:
                reader.join()
    assert answered == [MANY] * busy


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
