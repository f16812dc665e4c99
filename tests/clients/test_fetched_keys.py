"""The keys of clients that stand at an address: kept for a while, looked for again when they change."""

from __future__ import annotations

import json
import socket

import pytest

from portal.clients.keys import (
    KEEP_SECONDS,
    LOOK_AGAIN_SECONDS,
    OUTLIVE_SECONDS,
    RETRY_SECONDS,
    ClientKeys,
)
from portal.infra.fetch import Fetcher
from tests.clients.copies import client_of, takes
from tests.infra.listeners import Listen, listen, local, says
from tests.support.crowds import at_once
from tests.support.signing import OwnKey, key_set

__all__ = ["listen"]


class Publisher:
    """A server of one document, which may change or go away, and a clock that moves when told."""

    def __init__(self, listen: Listen, *keys: OwnKey) -> None:
        self.body: bytes | None = json.dumps(key_set(*keys)).encode()
        self.server = listen(self._answer)
        self.now = 1000.0
        self.keys = ClientKeys(local(), seconds=lambda: self.now)
        self.client = client_of(jwks_uri=f"http://localhost:{self.server.port}/jwks")

    def publish(self, *keys: OwnKey) -> None:
        self.body = json.dumps(key_set(*keys)).encode()

    def knows(self, key: OwnKey, kid: str | None = "") -> bool:
        return takes(self.keys, self.client, key.sign({"sub": "x"}, kid=kid or key.kid))

    def _answer(self, connection: socket.socket) -> None:
        if self.body is not None:
            says(self.body)(connection)


def test_keys_are_fetched_once_and_kept(listen: Listen) -> None:
    key = OwnKey()
    publisher = Publisher(listen, key)
    assert publisher.knows(key)
    assert publisher.knows(key)
    assert publisher.server.connections == 1
    publisher.now += KEEP_SECONDS + 1
    assert publisher.knows(key)
    assert publisher.server.connections == 2


def test_a_new_key_is_found_at_once_and_the_old_one_is_gone(listen: Listen) -> None:
    """CONFORMANCE oidcc-refresh-token-rp-key-rotation: also one second after a fetch."""
    old, new = OwnKey(kid="old"), OwnKey(kid="new")
    publisher = Publisher(listen, old)
    assert publisher.knows(old)
    publisher.publish(new)
    publisher.now += 1
    assert publisher.knows(new)
    assert not publisher.knows(old)
    assert publisher.server.connections == 2


def test_names_of_keys_that_nobody_has_cause_one_fetch_a_minute(listen: Listen) -> None:
    key = OwnKey()
    publisher = Publisher(listen, key)
    for number in range(20):
        assert not publisher.knows(OwnKey(), kid=f"../{number}")
    assert publisher.server.connections == 2, "the first fetch, and one look for a newer set"
    for number in range(20):
        publisher.now += LOOK_AGAIN_SECONDS / 20
        assert not publisher.knows(OwnKey(), kid=f"' OR {number}")
    assert publisher.server.connections == 3
    assert publisher.knows(key)


def test_what_can_not_be_genuine_is_never_looked_up(listen: Listen) -> None:
    key = OwnKey()
    publisher = Publisher(listen, key)
    for token in ("x", "a.b.c", "." * 20_000, key.sign({"sub": "x"}, typ="at+jwt")):
        assert not takes(publisher.keys, publisher.client, token)
    assert not takes(publisher.keys, publisher.client, key.sign({"sub": "x"}), may_fetch=False)
    assert publisher.server.connections == 0


def test_a_publisher_that_is_away_is_outlived_for_an_hour(listen: Listen) -> None:
    key = OwnKey()
    publisher = Publisher(listen, key)
    assert publisher.knows(key)
    publisher.body = None
    for seconds in (KEEP_SECONDS + 1, RETRY_SECONDS / 2, RETRY_SECONDS / 2 + 1):
        publisher.now += seconds
        assert publisher.knows(key)
    assert publisher.server.connections == 3, "and it is not asked at each request"
    publisher.now = 1000 + OUTLIVE_SECONDS + 1
    assert not publisher.knows(key)
    publisher.publish(key)
    publisher.now += RETRY_SECONDS + 1
    assert publisher.knows(key)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"keys":1}', b"{", b"\xff"])
def test_a_document_that_is_no_key_set_does_not_replace_a_good_one(listen: Listen, body: bytes) -> None:
    key = OwnKey()
    publisher = Publisher(listen, key)
    assert publisher.knows(key)
    publisher.body = body
    publisher.now += KEEP_SECONDS + 1
    assert publisher.knows(key)


def test_a_crowd_waits_for_one_fetch(listen: Listen) -> None:
    key, late = OwnKey(), OwnKey()
    publisher = Publisher(listen, key)
    assert all(at_once(20, lambda _: publisher.knows(key), threads=20))
    assert publisher.server.connections == 1
    publisher.publish(late)
    assert all(at_once(20, lambda _: publisher.knows(late), threads=20))
    assert publisher.server.connections == 2


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "file:///etc/passwd",
        "data:application/json,x",
        "https://localhost/jwks",
        "https://127.0.0.1:{port}/jwks",
        "http://127.0.0.1:{port}/jwks",
    ],
)
def test_keys_are_never_fetched_from_inside_the_house(listen: Listen, uri: str) -> None:
    """CVE-2026-1180, CVE-2026-48522, CVE-2026-102267: jwks_uri as a way in."""
    key = OwnKey()
    canary = listen(says(json.dumps(key_set(key)).encode()))
    client = client_of(jwks_uri=uri.format(port=canary.port))
    assert not takes(ClientKeys(Fetcher()), client, key.sign({"sub": "x"}))
    assert canary.connections == 0


def test_a_redirect_to_inside_the_house_is_not_followed(listen: Listen) -> None:
    key = OwnKey()
    canary = listen(says(json.dumps(key_set(key)).encode()))
    away = listen(says(b"", status="302 Found", more=f"Location: http://localhost:{canary.port}/\r\n"))
    client = client_of(jwks_uri=f"http://localhost:{away.port}/jwks")
    assert not takes(ClientKeys(local()), client, key.sign({"sub": "x"}))
    assert (away.connections, canary.connections) == (1, 0)
