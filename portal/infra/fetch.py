"""The only way out by HTTP. The addresses come from people, so each fetch is small, short and goes nowhere near us."""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from portal.infra.fetch_rules import Target, target_of

if TYPE_CHECKING:
    import httpcore

log = structlog.get_logger(__name__)

# Addresses of a host name and port, as text.
Resolver: TypeAlias = Callable[[str, int], Iterable[str]]

TOTAL_SECONDS: Final = 3.0
MAX_BODY_BYTES: Final = 64 * 1024
_MAX_ADDRESSES: Final = 3
_MAX_LOOKUPS: Final = 32


class FetchError(Exception):
    """A fetch brought nothing. `reason` is a stable word; the text may be shown, and says nothing of our network."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class FetchRefused(FetchError):
    """We do not go there, or do not take what came: trying again changes nothing."""


class FetchFailed(FetchError):
    """No answer, or not a good one: it may be better later."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `body` is empty where none was asked for."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


def system_resolver(host: str, port: int) -> Iterable[str]:
    """The addresses that the machine knows for a name, in the order in which it would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)


class Fetcher:
    """Fetches by https: the name is looked up once, all its addresses must be public, and one of those is used.

    It follows no redirect, knows no proxy and no cookie, and ends after `total_seconds` and `MAX_BODY_BYTES`.

    Args:
        loopback_hosts: names of this machine that may be fetched, by plain http too; for development and tests.
        tls: whom to trust, if not the certificate authorities of the system.
    """

    def __init__(
        self,
        *,
        loopback_hosts: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._loopback_hosts = frozenset(loopback_hosts)
        self._tls = tls
        self._resolver = resolver
        self._total_seconds = total_seconds
        self._lookups = BoundedSemaphore(_MAX_LOOKUPS)

    def get(self, url: str, *, accept: Collection[str]) -> Fetched:
        """Get a document of one of these media types.

        Raises:
            FetchRefused, FetchFailed: also for any status but 200.
        """
        answer = self._fetch("GET", url, accept=accept)
        if answer.status != 200:
            raise FetchFailed("status", f"The server answered {answer.status}.")
        return answer

    def post(self, url: str, *, body: bytes, content_type: str) -> Fetched:
        """Post something and look at the status only; the answer's body is not read.

        Raises:
            FetchRefused, FetchFailed: there was no answer, or it was a redirect.
        """
        return self._fetch("POST", url, body=body, content_type=content_type)

    def _fetch(
        self,
        method: str,
        url: str,
        *,
        accept: Collection[str] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Fetched:
        import httpcore  # noqa: PLC0415 - most portals never fetch anything

        from portal.infra.fetch_network import PinnedBackend  # noqa: PLC0415

        target = target_of(url, loopback_hosts=self._loopback_hosts)
        if target is None:
            raise FetchRefused("url", "Only https addresses of public hosts can be fetched.")
        deadline = time.monotonic() + self._total_seconds
        headers: dict[str | bytes, str | bytes] = {
            "Host": target.authority,
            "User-Agent": "Portal",
            "Accept": ", ".join(accept) or "*/*",
            "Accept-Encoding": "identity",
        }
        if content_type:
            headers["Content-Type"] = content_type
        where = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        try:
            network = PinnedBackend(self._addresses(target, deadline), deadline)
            with (
                httpcore.ConnectionPool(self._trust(), network_backend=network) as pool,
                pool.stream(method, where, headers=headers, content=body) as response,
            ):
                return _taken(response, accept)
        except httpcore.TimeoutException:
            raise FetchFailed("timeout", "The server did not answer in time.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as problem:
            log.info("fetch_failed", host=target.host, reason=type(problem).__name__)
            raise _unreachable() from None

    def _addresses(self, target: Target, deadline: float) -> Sequence[str]:
        found = self._look_up(target, deadline)
        if not found:
            raise _unreachable()
        if not all(target.permits(address) for address in found):
            # It looks like a host that is away, so that nobody can map our network by asking.
            log.warning("fetch_refused", host=target.host, reason="address_not_public")
            raise FetchRefused("address", str(_unreachable()))
        return found[:_MAX_ADDRESSES]

    def _look_up(self, target: Target, deadline: float) -> Sequence[str]:
        """Resolve in a thread of its own, since the system's resolver knows no timeout."""
        from portal.infra.fetch_network import left_until  # noqa: PLC0415

        if not self._lookups.acquire(blocking=False):
            raise FetchFailed("busy", "Too many addresses are being looked up; try again later.")
        answer: SimpleQueue[Sequence[str]] = SimpleQueue()

        def look_up() -> None:
            found: Sequence[str] = ()
            try:
                found = tuple(self._resolver(target.host, target.port))
            except (OSError, UnicodeError):
                pass  # there is no such name
            finally:
                self._lookups.release()
                answer.put(found)

        Thread(target=look_up, name="look-up", daemon=True).start()
        try:
            return answer.get(timeout=left_until(deadline))
        except Empty:
            raise FetchFailed("timeout", "The server did not answer in time.") from None

    def _trust(self) -> ssl.SSLContext:
        self._tls = self._tls or ssl.create_default_context()
        return self._tls


def _taken(response: "httpcore.Response", accept: Collection[str]) -> Fetched:
    """The answer, if it is of the right kind and size."""
    if 300 <= response.status < 400:
        raise FetchRefused("redirect", "The server redirects; give the final address.")
    named = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    content_type = named.get(b"content-type", "").partition(";")[0].strip().lower()
    if not accept or response.status != 200:
        return Fetched(response.status, content_type, b"")
    if content_type not in accept or named.get(b"content-encoding", "identity") != "identity":
        raise FetchRefused(
            "content_type", f"The server must answer with {' or '.join(accept)}, not compressed."
        )
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise FetchRefused("too_large", f"The answer is larger than {MAX_BODY_BYTES // 1024} kB.")
    return Fetched(response.status, content_type, bytes(body))


def _unreachable() -> FetchFailed:
    return FetchFailed("unreachable", "The server can't be reached.")
