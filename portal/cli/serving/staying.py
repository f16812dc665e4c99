"""What makes a request cheap to take and to answer: a thread that stays with its connection, and one write an answer.

gunicorn hands a connection back to its main thread after each request, and from there to a thread again for the next
one: a pipe, a poll, a queue and as many turns of the interpreter's lock, for a client that asks again at once. Here the
thread listens a moment longer itself, unless somebody needs it.
"""

import os
import select
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import get_ident
from typing import Any, Final

from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response

STAY_MS: Final = 100
"""How long a thread listens for the next request of its connection; what comes later goes the usual way."""


class Threads(ThreadPoolExecutor):
    """gunicorn's pool, which can be asked whether a request waits for one of them."""

    @property
    def are_wanted(self) -> bool:
        return self._work_queue.qsize() > 0


class Call:
    """Wakes one of those who listen, because there is something else to do."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        self._listening: set[int] = set()

    def wake_one(self) -> None:
        if self._listening:
            with suppress(BlockingIOError):
                os.write(self._write, b"\0")

    def listen(self, connection: socket.socket, threads: Threads, doors: Iterable[socket.socket]) -> bool:
        """Whether the connection, and nobody else, wants something. Others are requests without a thread, and whoever
        knocks at one of `doors`.
        """
        poll = select.poll()
        for each in (connection, *doors):
            poll.register(each, select.POLLIN)
        poll.register(self._read, select.POLLIN)
        me = get_ident()
        self._listening.add(me)
        try:
            # in this order: who brings work first puts it there, and then looks who listens
            ready = [] if threads.are_wanted else poll.poll(STAY_MS)
        finally:
            self._listening.discard(me)
        wanting = {number for number, _ in ready}
        if self._read in wanting:
            with suppress(BlockingIOError):
                os.read(self._read, 1)
        return wanting == {connection.fileno()}


def is_knocked_at(doors: Iterable[socket.socket]) -> bool:
    """Whether somebody waits to be let in; it costs one call, and waits for nothing."""
    poll = select.poll()
    for door in doors:
        poll.register(door, select.POLLIN)
    return bool(poll.poll(0))


class OneWrite(Response):  # type: ignore[misc]
    """An answer whose head waits for the first piece of its body, and goes with it."""

    def __init__(self, request: Request, connection: socket.socket, *others: Any) -> None:  # noqa: ANN401
        super().__init__(request, _HeldHead(connection), *others)

    def close(self) -> None:
        super().close()
        self.sock.flush()


class _HeldHead:
    """A connection as an answer writes to it: the head first, then pieces or a file."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._head: bytes | None = None
        self._has_begun = False

    def sendall(self, data: bytes) -> None:
        if self._has_begun:
            self.flush(data)
        else:
            self._head, self._has_begun = data, True

    def sendfile(self, *which: Any, **part: Any) -> int:  # noqa: ANN401 - as a socket does
        self.flush()
        return self._connection.sendfile(*which, **part)

    def flush(self, data: bytes = b"") -> None:
        whole = data if self._head is None else self._head + data
        self._head = None
        if whole:
            self._connection.sendall(whole)


def is_read_whole(request: Request) -> bool:
    """Whether nothing of its body is left on the connection, which most often needs no look."""
    body = request.body
    return not body.failed and isinstance(body.reader, LengthReader) and not body.reader.length
