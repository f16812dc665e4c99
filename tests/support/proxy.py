"""A reverse proxy in front of several nodes, small enough to be read: each request goes to the next one."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS = 10.0
MOST_BYTES = 1 << 20
OF_EACH_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
SAID_FOR_VISITORS = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
"""What a visitor says of this is not passed on (SECURITY.md E29)."""


@dataclass
class Proxy:
    """Where it listens, and who has answered what so far. A node that takes no connection is passed over; a request
    that a node may have heard is never sent again.
    """

    nodes: Sequence[int]
    visitor: str
    port: int = 0
    served: list[tuple[str, int]] = field(default_factory=list)
    """Path and node of every request."""
    turns: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def connect(self) -> tuple[int, HTTPConnection]:
        """The node whose turn it is, or the next one that is there.

        Raises:
            ConnectionRefusedError: there is none.
        """
        turn = next(self.turns)
        for number in range(turn, turn + len(self.nodes)):
            node = self.nodes[number % len(self.nodes)]
            connection = HTTPConnection("127.0.0.1", node, timeout=SECONDS)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            return node, connection
        raise ConnectionRefusedError("no node takes connections")


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on, and its answer back."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    server: "_Server"

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """The nodes have logs."""

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        proxy = self.server.proxy
        try:
            node, connection = proxy.connect()
            proxy.served.append((self.path.partition("?")[0], node))
            connection.request(self.command, self.path, body or None, self._headers())
            self._give_back(connection.getresponse())
            connection.close()
        except (OSError, HTTPException):
            self.send_error(502)

    def _headers(self) -> Mapping[str, str]:
        dropped = OF_EACH_HOP | SAID_FOR_VISITORS
        kept = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        return {**kept, "X-Forwarded-For": self.server.proxy.visitor, "X-Forwarded-Proto": "http"}

    def _give_back(self, answer: HTTPResponse) -> None:
        content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_EACH_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", proxy.port), _Handler)


@contextmanager
def running_proxy(nodes: Sequence[int], *, port: int, visitor: str = "203.0.113.7") -> Iterator[Proxy]:
    """It speaks for one visitor, who comes from far away."""
    proxy = Proxy(nodes=nodes, visitor=visitor, port=port)
    server = _Server(proxy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join(SECONDS)
        server.server_close()
