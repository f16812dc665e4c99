"""Connections of outgoing fetches: to addresses that were checked, and no longer than until a deadline."""

import ssl
import time
from collections.abc import Iterable, Sequence

import httpcore


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever the name would resolve to by now, until the deadline."""

    def __init__(self, addresses: Sequence[str], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(  # noqa: PLR0917 - the library's signature
        self,
        host: str,  # noqa: ARG002 - resolved and checked before
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError()
        for address in self._addresses:
            try:
                left = left_until(self._deadline)
                stream = self._network.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                problem = refused
            else:
                return _TimedStream(stream, self._deadline)
        raise problem


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends at one deadline, so that dripping bytes gains no time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, left_until(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, left_until(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, left_until(self._deadline))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def left_until(deadline: float) -> float:
    """Seconds until a deadline of the monotonic clock; a timeout if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.TimeoutException
    return left
