"""Signed heads leave the house: to a file, by mail, to a webhook; and are read again by whoever verifies."""

import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portal.audit.repository import chain_state
from portal.audit.rules.checkpoints import NotACheckpoint, PublicKey, SigningKey, is_genuine, read_line
from portal.audit.services.checkpoints import public_keys, signing_key
from portal.jobs.delivery import deliver_due
from portal.jobs.sealing import keeper_of
from tests.audit.steps import live, sign, verify
from tests.infra.listeners import Listen, listen
from tests.support.portals import open_portal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from portal.bootstrap import Portal
    from portal.infra.settings import Settings
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    Sending = Callable[..., AbstractContextManager[Portal]]

__all__ = ["listen"]

AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def test_the_head_is_signed_at_most_each_minute_and_only_if_it_moved(
    portal: "Portal", clock: "MovableClock"
) -> None:
    keeper = keeper_of(portal)
    live(portal, 2)
    keeper.seal_waiting()
    assert keeper.sign_head()
    live(portal, 1)
    keeper.seal_waiting()
    assert not keeper.sign_head()
    clock.advance(seconds=61)
    assert keeper.sign_head()
    clock.advance(seconds=61)
    assert not keeper.sign_head()
    with portal.reading() as session:
        state = chain_state(session)
    assert state.checkpoint_at is not None
    assert state.waiting_since is None


def test_a_copy_says_what_was_signed_and_nothing_else_does(portal: "Portal") -> None:
    live(portal, 1)
    keeper_of(portal).seal_waiting()
    signed = sign(portal)
    keys = public_keys(portal.ports.sealer)
    copy = read_line(signed.as_line())
    assert copy == signed
    assert is_genuine(copy, keys)
    for name, other in (("position", "9"), ("hash", '"00"'), ("at", "1"), ("key_id", '"0123456789abcdef"')):
        before, _, rest = signed.as_line().partition(f'"{name}":')
        changed = read_line(f'{before}"{name}":{other},{rest.partition(",")[2]}')
        assert not is_genuine(changed, keys)


def test_a_checkpoint_is_no_tombstone() -> None:
    key = SigningKey(secrets.token_bytes(32))
    stone = key.sign("tombstone", position=7, digest=b"h" * 32, at=AT)
    assert key.public.has_signed(stone)
    assert not key.public.has_signed(read_line(stone.as_line()))


def test_the_public_key_can_be_taken_elsewhere(portal: "Portal") -> None:
    key = signing_key(portal.ports.sealer)
    signed = key.sign("checkpoint", position=7, digest=b"h" * 32, at=AT)
    elsewhere = PublicKey.of_pem(f"# key id {key.public.key_id}\n{key.public.pem}".encode())
    assert elsewhere.key_id == key.public.key_id
    assert elsewhere.has_signed(signed)
    assert key.public.key_id in repr(key)


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "null", "x" * 5000, '{"version":1}', '{"version":2,"position":1}',
             '{"version":1,"position":-1,"hash":"","at":1,"key_id":"","signature":""}',
             '{"version":1,"position":1,"hash":"zz","at":1,"key_id":"","signature":""}',
             '{"version":1,"position":1,"hash":"00","at":99999999999999999999,"key_id":"","signature":""}'],
)  # fmt: skip
def test_what_is_no_checkpoint_is_told_so(line: str) -> None:
    with pytest.raises(NotACheckpoint):
        read_line(line)


@pytest.mark.settings(audit_checkpoint_mail="watch@example.org")
def test_the_first_of_each_hour_goes_by_mail(
    portal: "Portal", deliver: Callable[[], int], post: "PostOffice", clock: "MovableClock"
) -> None:
    clock.advance(seconds=3605 - clock.now().minute * 60 - clock.now().second)
    signed = []
    for _ in range(2):
        live(portal, 1)
        keeper_of(portal).seal_waiting()
        signed.append(sign(portal))
        clock.advance(minutes=1)
    deliver()
    (mail,) = post.messages
    assert mail["To"] == "watch@example.org"
    text = mail.get_body(("plain",))
    assert text is not None
    (line,) = (line for line in text.get_content().splitlines() if line.startswith("{"))
    assert read_line(line) == signed[0]


@pytest.fixture
def sending(settings: "Settings", clock: "MovableClock") -> "Sending":
    """A portal that sends its checkpoints somewhere."""
    return lambda **where: open_portal(settings.model_copy(update=where), clock)


def test_each_is_appended_to_the_file(sending: "Sending", tmp_path: Path) -> None:
    """And proves the history that it was taken of."""
    path = tmp_path / "checkpoints.jsonl"
    with sending(audit_checkpoint_file=path) as portal:
        for _ in range(3):
            live(portal, 1)
            keeper_of(portal).seal_waiting()
            sign(portal)
        deliver_due(portal)
        copies = [read_line(line) for line in path.read_text().splitlines()]
        assert [copy.position for copy in copies] == sorted({copy.position for copy in copies})
        assert verify(portal, copies).exported == 3


def test_each_is_posted_to_the_webhook_until_it_is_taken(
    sending: "Sending", listen: Listen, clock: "MovableClock"
) -> None:
    answers = iter((b"503 Later", b"204 Taken"))

    def answer(connection: socket.socket) -> None:
        head = b"HTTP/1.1 " + next(answers) + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(head)

    there = listen(answer)
    address = f"http://127.0.0.1:{there.port}/checkpoints"
    with sending(audit_checkpoint_webhook=address, fetch_loopback=True) as portal:
        live(portal, 1)
        keeper_of(portal).seal_waiting()
        signed = sign(portal)
        deliver_due(portal)
        clock.advance(seconds=10)
        deliver_due(portal)
    bodies = [request.partition(b"\r\n\r\n")[2].decode() for request in there.requests]
    assert [read_line(body) for body in bodies] == [signed, signed]
