"""The tools of these tests are real, and stay inside this machine."""

import smtplib
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page
from redis import Redis

from tests.support.databases import Databases
from tests.support.loopback import OutsideLoopbackError
from tests.support.post import PostOffice


def test_sockets_do_not_leave_this_machine() -> None:
    with socket.socket() as leaving, pytest.raises(OutsideLoopbackError):
        leaving.connect(("192.0.2.1", 443))


def test_foreign_names_are_unknown() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("portal.example", 443)


def test_redis_is_real(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("house:workshop", "open", ex=10)
        assert client.get("house:workshop") == b"open"
        assert client.info("server")["redis_mode"] == "standalone"


def test_postgresql_gives_each_test_a_database_of_its_own(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.fresh("postgresql", tmp_path, prepared=False) as one,
        databases.fresh("postgresql", tmp_path, prepared=False) as other,
    ):
        names = []
        for url in (one, other):
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                row = connection.execute("SELECT current_database(), version()").fetchone()
                assert row is not None
                assert row[1].startswith("PostgreSQL 18")
                names.append(row[0])
    assert names[0] != names[1]


def test_mail_is_taken_and_found_by_its_reader(post: PostOffice) -> None:
    with smtplib.SMTP("127.0.0.1", post.port, timeout=5) as client:
        client.sendmail("portal@example.org", ["ada@example.org"], "Subject: Verify\r\n\r\nThe link\r\n")
    letter = post.wait_for("ada@example.org")
    assert letter["subject"] == "Verify"
    assert letter.get_content().strip() == "The link"


class _Page(BaseHTTPRequestHandler):
    """One page with one word."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>House</title><h1>Open</h1>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the overridden method
        """Keep the terminal for the tests."""


def test_the_browser_shows_a_page_of_this_machine(page: Page) -> None:
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        page.goto(f"http://localhost:{server.server_port}/")
        assert page.get_by_role("heading").inner_text() == "Open"
        server.shutdown()
        thread.join(timeout=5)
