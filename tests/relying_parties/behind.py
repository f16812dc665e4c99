"""A program behind Apache that knows nothing of OpenID: it answers with what it is told of its visitor."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLD = ("oidc_", "x-remote-user")


@contextmanager
def program_behind() -> Iterator[int]:
    """Its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mirror)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Mirror(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith(TOLD)}
        body = json.dumps({"path": self.path, "told": told}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Silence."""
