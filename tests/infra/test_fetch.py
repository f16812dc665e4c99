"""Outgoing fetches: what is taken, from whom, and for how long."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from portal.infra.fetch import MAX_BODY_BYTES, Fetcher, FetchFailed
from tests.infra.certificates import Authority
from tests.infra.listeners import JSON, Answer, Listen, listen, local, refusal, says

__all__ = ["listen"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


# ------------------------------------------------------------------------------------------------ what is fetched


def test_a_document_is_fetched_with_the_name_in_host_and_nothing_about_us(
    listen: Listen,
) -> None:
    server = listen(says(kind="Application/JSON; charset=utf-8"))
    fetched = local().get(f"http://localhost:{server.port}/jwks?v=1", accept=JSON)
    assert (fetched.status, fetched.content_type, fetched.body) == (200, "application/json", b'{"keys":[]}')
    head = server.requests[0].decode()
    assert head.startswith("GET /jwks?v=1 HTTP/1.1\r\n")
    assert f"\r\nHost: localhost:{server.port}\r\n" in head
    assert "\r\nAccept-Encoding: identity\r\n" in head
    assert "cookie" not in head.lower()
    assert repr(fetched) == "Fetched(status=200, content_type='application/json')"


def test_a_post_sends_its_body_and_looks_at_the_status_only(listen: Listen) -> None:
    server = listen(says(b"x" * 10, status="400 Bad Request", kind="text/html"))
    answer = local().post(
        f"http://localhost:{server.port}/logout",
        body=b"logout_token=x",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status, answer.body) == (400, b"")
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert "\r\nContent-Type: application/x-www-form-urlencoded\r\n" in f"{head}\r\n"
    assert body == "logout_token=x"


def test_the_certificate_must_be_for_the_name_and_not_for_the_address(
    listen: Listen, authority: Authority
) -> None:
    right = listen(says(), authority.server("localhost"))
    wrong = listen(says(), authority.server("127.0.0.1", "other.example.org"))
    known = Fetcher(loopback_hosts={"localhost"}, tls=authority.trust())
    assert known.get(f"https://localhost:{right.port}/", accept=JSON).status == 200
    for fetcher, port in ((known, wrong.port), (local(), right.port)):
        assert refusal(fetcher, f"https://localhost:{port}/").reason == "unreachable"
    assert wrong.requests == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(kind="text/html"), "content_type"),
        (says(kind=""), "content_type"),
        (says(kind="application/jsonp"), "content_type"),
        (says(more="Content-Encoding: gzip\r\n"), "content_type"),
        (says(status="404 Not Found"), "status"),
        (says(status="500 Oops"), "status"),
        (says(status="204 No Content", body=b""), "status"),
        (says(b"x" * (MAX_BODY_BYTES + 1)), "too_large"),
        (lambda connection: None, "unreachable"),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"), "unreachable"),
        (
            lambda connection: connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"
            ),
            "unreachable",
        ),
        (lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), "unreachable"),
    ],
)
def test_an_answer_of_another_kind_or_size_is_not_taken(listen: Listen, answer: Answer, reason: str) -> None:
    server = listen(answer)
    assert refusal(local(), f"http://localhost:{server.port}/").reason == reason


def test_an_endless_answer_ends_at_the_limit(listen: Listen) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        while True:
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            sent += 4096

    server = listen(pour)
    assert refusal(local(), f"http://localhost:{server.port}/").reason == "too_large"
    server.stop()
    assert sent < 20 * 1024 * 1024


def test_the_largest_answer_is_taken(listen: Listen) -> None:
    server = listen(says(b"x" * MAX_BODY_BYTES))
    assert len(local().get(f"http://localhost:{server.port}/", accept=JSON).body) == MAX_BODY_BYTES


# ------------------------------------------------------------------------------------------------------ how long


def drip(connection: socket.socket) -> None:
    """A byte now and then, so that no single wait is long."""
    for byte in (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
    ):
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [lambda connection: time.sleep(2), drip])
def test_a_slow_server_is_left_at_the_deadline(listen: Listen, answer: Answer) -> None:
    server = listen(answer)
    began = time.monotonic()
    fetcher = Fetcher(loopback_hosts={"localhost"}, total_seconds=0.5)
    assert refusal(fetcher, f"http://localhost:{server.port}/").reason == "timeout"
    assert time.monotonic() - began < 1.5


def test_a_slow_tls_handshake_is_left_at_the_deadline(listen: Listen) -> None:
    server = listen(drip)
    began = time.monotonic()
    fetcher = Fetcher(loopback_hosts={"localhost"}, total_seconds=0.5)
    assert refusal(fetcher, f"https://localhost:{server.port}/").reason in {"timeout", "unreachable"}
    assert time.monotonic() - began < 1.5


def test_a_slow_resolver_is_left_at_the_deadline_and_cannot_pile_up_threads() -> None:
    ends = threading.Event()

    def stall(_: str, __: int) -> list[str]:
        ends.wait(timeout=20)
        return []

    fetcher = Fetcher(resolver=stall, total_seconds=0.15)
    reasons = [refusal(fetcher, "https://slow.example.org/").reason for _ in range(40)]
    running = sum(thread.name == "look-up" for thread in threading.enumerate())
    ends.set()
    assert reasons == ["timeout"] * 32 + ["busy"] * 8
    assert running == 32


def test_a_name_that_does_not_exist_is_away() -> None:
    for host in ("nowhere.invalid", "a" * 63 + ".invalid"):
        problem = refusal(Fetcher(), f"https://{host}/")
        assert (problem.reason, isinstance(problem, FetchFailed)) == ("unreachable", True)


def test_the_next_address_is_tried_where_one_is_dead(listen: Listen) -> None:
    server = listen(says())
    fetcher = Fetcher(loopback_hosts={"localhost"}, resolver=lambda *_: ["127.0.0.2", "127.0.0.1"])
    assert fetcher.get(f"http://localhost:{server.port}/", accept=JSON).status == 200
