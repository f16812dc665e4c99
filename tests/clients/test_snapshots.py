"""Snapshots of clients: believed for a while, dropped when the client changes."""

from collections.abc import Callable

import pytest

from portal.bootstrap import Portal
from portal.clients.rules import ClientKind
from portal.clients.rules.uris import origin_of
from portal.clients.schemas import RegisterClient, RotateSecret
from portal.clients.snapshots import KEEP_SECONDS, ClientSnapshots, is_current
from portal.clients.usecases import (
    RegisteredClient,
    disable_client,
    register_client,
    revoke_secret,
    rotate_secret,
)
from portal.infra.actor import SYSTEM
from tests.support.portals import MovableClock

Register = Callable[[ClientKind], RegisteredClient]


class Seconds:
    """A stopwatch that a test turns on."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def snapshots(portal: Portal, seconds: Seconds) -> ClientSnapshots:
    return ClientSnapshots(portal.reading, seconds=seconds)


@pytest.fixture
def register(portal: Portal) -> Register:
    def registered(kind: ClientKind = "web") -> RegisteredClient:
        uris = [] if kind == "service" else [f"https://{kind}.example/callback"]
        form = RegisterClient(client_name="Kestrel", kind=kind, redirect_uris=uris, audience="everyone")
        with portal.unit_of_work(SYSTEM) as uow:
            return register_client(uow, form)

    return registered


def test_a_snapshot_holds_the_client_and_knows_its_secret(
    snapshots: ClientSnapshots, register: Register, clock: MovableClock
) -> None:
    made = register("web")
    snapshot = snapshots.find(made.client.client_id)
    assert snapshot is not None
    assert snapshot.redirect_uris == ("https://web.example/callback",)
    assert made.secret is not None
    assert snapshot.secret_behind(made.secret, at=clock.now())
    assert made.secret not in repr(snapshot)


@pytest.mark.parametrize("wrong", ["", " ", "secret", "None", "sec__", "\x00"])
def test_no_other_text_is_a_secret(
    snapshots: ClientSnapshots, register: Register, clock: MovableClock, wrong: str
) -> None:
    for kind in ("web", "spa"):
        snapshot = snapshots.find(register(kind).client.client_id)
        assert snapshot is not None
        assert not snapshot.secret_behind(wrong, at=clock.now())


def test_every_changed_letter_of_a_secret_counts(
    snapshots: ClientSnapshots, register: Register, clock: MovableClock
) -> None:
    made = register("web")
    snapshot = snapshots.find(made.client.client_id)
    secret = made.secret
    assert snapshot is not None
    assert secret is not None
    changed = {
        secret[:at] + ("A" if secret[at] != "A" else "B") + secret[at + 1 :] for at in range(len(secret))
    }
    changed |= {secret[:-1], secret + "A", secret.swapcase()}
    assert [text for text in changed if snapshot.secret_behind(text, at=clock.now())] == []


def test_nobody_is_found_under_an_unknown_id(snapshots: ClientSnapshots) -> None:
    assert snapshots.find("nobody") is None


def test_a_copy_is_believed_for_a_while_and_then_made_anew(
    portal: Portal, snapshots: ClientSnapshots, register: Register, seconds: Seconds
) -> None:
    made = register("web")
    first = snapshots.find(made.client.client_id)
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, made.client.id)
    assert snapshots.find(made.client.client_id) is first
    seconds.value += KEEP_SECONDS + 1
    later = snapshots.find(made.client.client_id)
    assert later is not None
    assert not later.is_active


def test_a_forgotten_copy_is_made_anew_at_once(
    portal: Portal, snapshots: ClientSnapshots, register: Register
) -> None:
    made = register("web")
    snapshots.find(made.client.client_id)
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, made.client.id)
    snapshots.forget(made.client.id)
    later = snapshots.find(made.client.client_id)
    assert later is not None
    assert not later.is_active


def test_any_change_changes_the_version(
    portal: Portal, snapshots: ClientSnapshots, register: Register, clock: MovableClock
) -> None:
    made = register("web")

    def looks_current() -> bool:
        snapshot = snapshots.find(made.client.client_id)
        assert snapshot is not None
        with portal.reading() as session:
            answer = is_current(session.connection(), snapshot)
        snapshots.reload(made.client.client_id)
        return answer

    assert looks_current()
    clock.advance(seconds=1)
    with portal.unit_of_work(SYSTEM) as uow:
        fresh = rotate_secret(uow, made.client.id, RotateSecret())
    assert not looks_current()
    assert looks_current()
    clock.advance(seconds=1)
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_secret(uow, made.client.id, fresh.secret.id)
    assert not looks_current()
    after = snapshots.find(made.client.client_id)
    assert after is not None
    assert not after.secret_behind(fresh.text, at=clock.now())


def test_origins_are_those_of_single_page_apps(snapshots: ClientSnapshots, register: Register) -> None:
    register("web")
    register("spa")
    assert snapshots.browser_origins() == {"https://spa.example"}


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://App.Example/cb?x=1", "https://app.example"),
        ("https://app.example:443/cb", "https://app.example"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("http://[::1]:3000/cb", "http://[::1]:3000"),
        ("com.example.app:/cb", None),
        ("https:evil", None),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin
