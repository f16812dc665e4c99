"""An app's own end of a call from the portal: a real HTTP server that remembers what came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Receiver(ThreadingHTTPServer):
    """Answers every POST with `status` and keeps its form; every GET with a small page, whose address it keeps."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.statuses: list[int] = []
        """Answers to give first, one each."""
        self.forms: list[dict[str, list[str]]] = []
        self.visits: list[str] = []
        self.came = threading.Event()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"

    @property
    def tokens(self) -> list[str]:
        """The logout tokens that came; a form with anything else in it is a mistake."""
        assert all(set(form) == {"logout_token"} and len(form["logout_token"]) == 1 for form in self.forms)
        return [form["logout_token"][0] for form in self.forms]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.server.forms.append(parse_qs(body.decode(), keep_blank_values=True))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.came.set()

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # a browser's own idea
            self.send_error(404)
            return
        self.server.visits.append(self.path)
        body = b"<!doctype html><title>App</title><p>An app</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.came.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Silence."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
