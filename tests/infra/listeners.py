"""Servers of one answer, for outgoing fetches to run into."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from portal.infra.fetch import Fetcher, FetchError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

Answer: TypeAlias = "Callable[[socket.socket], None]"
Listen: TypeAlias = "Callable[..., Listener]"

JSON = ("application/json", "application/jwk-set+json")


class Listener:
    """A server of one answer: `answer(connection)` is called for each connection, and all of them are counted."""

    def __init__(
        self, answer: Answer, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._answer = answer
        self._tls = tls
        self._socket = socket.create_server((host, port))
        self._socket.settimeout(0.1)
        self._ends = threading.Event()
        self._open: socket.socket | None = None
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    def stop(self) -> None:
        """Hang up on whoever is still connected: nobody is waited for."""
        self._ends.set()
        if (connection := self._open) is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=10)
        self._socket.close()

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            self.connections += 1
            connection.settimeout(5)
            self._open = connection
            try:
                if self._tls is not None:
                    self._open = connection = self._tls.wrap_socket(connection, server_side=True)
                self.requests.append(_request(connection))
                self._answer(connection)
            except OSError:
                pass  # the fetcher has hung up, as some tests want
            finally:
                self._open = None
                connection.close()


def _request(connection: socket.socket) -> bytes:
    """Head and body, however many packets they come in; what came of them, if the other side hangs up before."""
    with connection.makefile("rb") as stream:
        head = b"".join(takewhile(lambda line: line != b"\r\n", stream))
        length = next(
            (line for line in head.lower().splitlines() if line.startswith(b"content-length:")), b":0"
        )
        return head + b"\r\n" + stream.read(int(length.partition(b":")[2]))


@pytest.fixture
def listen() -> Iterator[Listen]:
    listeners: list[Listener] = []

    def start(answer: Answer, tls: ssl.SSLContext | None = None, **where: Any) -> Listener:  # noqa: ANN401
        listeners.append(Listener(answer, tls, **where))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.stop()


def says(
    body: bytes = b'{"keys":[]}', *, status: str = "200 OK", kind: str = "application/json", more: str = ""
) -> Answer:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return lambda connection: connection.sendall(head.encode() + body)


def local() -> Fetcher:
    return Fetcher(loopback_hosts={"localhost", "127.0.0.1"})


def refusal(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as refused:
        fetcher.get(url, accept=JSON)
    return refused.value
