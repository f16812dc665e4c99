"""The worker: whatever was promised is delivered once, in the end, and a failure is told."""

from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.infra.actor import SYSTEM
from portal.infra.outbox import OutboxMessage
from portal.jobs.delivery import deliver_due
from portal.jobs.duty import Duty
from portal.jobs.registry import JOBS, Inside, Outside
from portal.jobs.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

LINK = "https://id.example.org/recover/x"
LETTER = {
    "link": LINK,
    "expires_minutes": 30,
    "ip": "192.0.2.7",
    "browser": "Firefox",
}


def messages(portal: "Portal") -> list[OutboxMessage]:
    with portal.reading() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def write_letter(portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.ports.letters.send(
            uow, "recover_password", to="maya@example.org", context={"name": "Maya", **LETTER}
        )


@pytest.fixture
def painted() -> "Iterator[list[int]]":
    """A kind of work for these tests; painting 13 fails once."""
    done: list[int] = []
    tried: list[int] = []

    def paint(_uow: "UnitOfWork", payload: "Mapping[str, Any]") -> None:
        tried.append(payload["n"])
        if payload["n"] == 13 and tried.count(13) == 1:
            raise ValueError("unlucky")
        done.append(payload["n"])

    JOBS["paint"] = Inside(paint)
    yield done
    del JOBS["paint"]


def test_a_letter_reaches_a_real_mail_server(portal: "Portal", post: "PostOffice") -> None:
    write_letter(portal)
    assert deliver_due(portal) == 1
    (mail,) = post.messages
    assert mail["To"] == "maya@example.org"
    assert LINK in mail.as_string()
    assert [message.delivered_at is not None for message in messages(portal)] == [True]
    assert deliver_due(portal) == 0


def test_a_queued_letter_is_sealed_in_the_database(portal: "Portal") -> None:
    write_letter(portal)
    (message,) = messages(portal)
    assert LINK not in str(message.payload)
    assert portal.ports.letters.open(message).to == "maya@example.org"


def test_failed_work_is_tried_again_later_and_the_rest_goes_on(
    portal: "Portal", painted: list[int], clock: "MovableClock"
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        for number in (12, 13, 14):
            uow.enqueue("paint", {"n": number})
    deliver_due(portal)
    assert painted == [12, 14]
    waiting = [message for message in messages(portal) if message.delivered_at is None]
    assert [message.last_error for message in waiting] == ["ValueError: unlucky"]
    clock.advance(seconds=6)
    deliver_due(portal)
    assert painted == [12, 14, 13]


def test_unknown_work_waits_for_a_release_that_knows_it(portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.enqueue("from-the-future", {})
    deliver_due(portal)
    (message,) = messages(portal)
    assert message.delivered_at is None
    assert message.failed_at is None


def test_the_thread_delivers_without_being_asked(portal: "Portal", painted: list[int]) -> None:
    thread = Worker(portal)
    thread.start()
    try:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.enqueue("paint", {"n": 7})
    finally:
        thread.stop()
    deliver_due(portal)
    assert painted == [7]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_stopped_in_the_middle_of_something_keeps_the_duty_until_the_process_ends(
    portal: "Portal",
) -> None:
    """Whoever has it next takes what is in hand as left behind, and a mail would be sent twice."""
    begun, may_end = Event(), Event()

    def linger(_portal: "Portal", _message: OutboxMessage) -> None:
        begun.set()
        may_end.wait(10)

    JOBS["linger"] = Outside(linger)
    folder = portal.settings.instance_dir
    folder.mkdir(exist_ok=True)
    worker = Worker(portal)
    try:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.enqueue("linger", {})
        worker.start()
        assert begun.wait(10)
        worker.stop(wait_seconds=0.05)
        assert not Duty(folder).is_mine()
        may_end.set()
        worker.stop()
        assert Duty(folder).is_mine()
    finally:
        may_end.set()
        del JOBS["linger"]
