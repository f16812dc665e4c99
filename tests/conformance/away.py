"""Where a suite listens: documents that the portal may fetch and calls that it may make, by https."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from portal.cli.tls import own_certificate

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
"""A picture."""


class Away(ThreadingHTTPServer):
    """A real server with a certificate that nobody but a trial's bundle trusts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.documents: dict[str, tuple[str, bytes]] = {"/images/openid.png": ("image/png", PIXEL)}
        """Media type and content, by path."""
        self.fetched: list[str] = []
        self.forms: list[tuple[str, dict[str, list[str]]]] = []

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_port}"

    def offer(self, path: str, content: bytes, kind: str = "application/json") -> str:
        """From now on this lies at the path; its address."""
        self.documents[path] = (kind, content)
        return f"{self.url}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Away

    def do_GET(self) -> None:
        self.server.fetched.append(self.path)
        kind, content = self.server.documents.get(self.path, ("text/plain", b""))
        self._answer(200 if content else 404, kind, content)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.forms.append((self.path, parse_qs(body.decode(), keep_blank_values=True)))
        self._answer(200, "text/plain", b"")

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Silence."""


@contextmanager
def away(folder: Path) -> Iterator[tuple[Away, Path]]:
    """The server, until the end of the block, and the bundle of whoever is to trust it."""
    with Away() as server:
        certificate = own_certificate(folder, server.url, at=datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server, certificate.authority
        finally:
            server.shutdown()
            thread.join()
