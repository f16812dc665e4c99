"""The unit of work and the outbox: all or nothing, and nothing promised is lost."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal.audit.repository import Entry
from portal.infra.actor import SYSTEM, Actor
from portal.infra.events import Event, Ref, changes
from portal.infra.ids import new_id
from portal.infra.outbox import Outbox, OutboxMessage
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


class Painted(Event):
    """Something was painted, for this test."""

    label = "test.painted"


def entries(portal: "Portal") -> list[Entry]:
    return history(portal, "test.painted")


def test_a_clean_exit_keeps_the_change_its_audit_entry_and_its_promises(portal: "Portal") -> None:
    row = Ref("wall", new_id(), "the north wall")
    visitor = Actor(kind="anonymous", label="Visitor", ip="192.0.2.7", request_id="req_1")
    with portal.unit_of_work(visitor) as uow:
        uow.publish(
            Painted(touched=(row,), before={"colour": "red"}, after={"colour": "blue"}, reason="spring")
        )
        uow.enqueue("paint", {"wall": str(row.id)})
    (entry,) = entries(portal)
    assert (entry.actor_kind, entry.ip, entry.request_id, entry.reason) == (
        "anonymous",
        "192.0.2.7",
        "req_1",
        "spring",
    )
    assert (entry.resource_type, entry.resource_id, entry.resource_label) == row
    assert (entry.before_state, entry.after_state) == ({"colour": "red"}, {"colour": "blue"})
    with portal.reading() as session:
        assert [message.kind for message in session.scalars(select(OutboxMessage))] == ["paint"]
    assert portal.wake_worker.is_set()


def test_an_exception_leaves_nothing_behind(portal: "Portal") -> None:
    def paint_and_fail() -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.publish(Painted())
            uow.enqueue("paint", {})
            raise LookupError

    with pytest.raises(LookupError):
        paint_and_fail()
    assert entries(portal) == []
    with portal.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    assert not portal.wake_worker.is_set()


def test_what_follows_a_commit_may_fail_without_undoing_it(portal: "Portal") -> None:
    told: list[str] = []

    def fail(*_: object) -> None:
        told.append("failed")
        raise RuntimeError

    portal.events.after(Painted, fail)
    portal.events.after(Painted, lambda *_: told.append("told"))
    with portal.unit_of_work(SYSTEM) as uow:
        uow.publish(Painted())
        assert told == []
    assert told == ["failed", "told"]
    assert len(entries(portal)) == 1


def test_changes_are_the_fields_that_differ() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})


def test_a_named_lock_lets_one_in_at_a_time(portal: "Portal") -> None:
    inside: list[int] = []
    most: list[int] = []
    ready = Barrier(8)

    def enter() -> None:
        ready.wait(5)
        with portal.unit_of_work(SYSTEM) as uow:
            uow.lock("test.narrow")
            uow.publish(Painted())
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1] * 8


@pytest.fixture
def promised(portal: "Portal") -> OutboxMessage:
    with portal.unit_of_work(SYSTEM) as uow:
        return uow.enqueue("paint", {"n": 1})


def test_two_workers_never_claim_the_same_message(portal: "Portal", promised: OutboxMessage) -> None:
    claimed: list[object] = []
    ready = Barrier(6)

    def claim() -> None:
        ready.wait(5)
        with portal.unit_of_work(SYSTEM) as uow:
            claimed.extend(message.id for message in Outbox(uow.session).claim_due(at=uow.now))

    threads = [Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert claimed == [promised.id]


def test_a_dead_workers_claim_runs_out(
    portal: "Portal", promised: OutboxMessage, clock: "MovableClock"
) -> None:
    for expected in ([promised.id], [], [promised.id]):
        with portal.unit_of_work(SYSTEM) as uow:
            assert [message.id for message in Outbox(uow.session).claim_due(at=uow.now)] == expected
        if not expected:
            clock.advance(seconds=61)


def test_retries_slow_down_and_end_after_a_day(portal: "Portal", promised: OutboxMessage) -> None:
    waits: list[float] = []
    with portal.unit_of_work(SYSTEM) as uow:
        row = Outbox(uow.session).get(promised.id)
        assert row is not None
        now = row.created_at
        while row.failed_at is None:
            row.attempts += 1
            row.postpone("SMTPServerDisconnected", at=now)
            waits.append((row.available_at - now).total_seconds())
            now = row.available_at
        assert waits[:4] == [5, 10, 20, 40]
        assert max(waits) == 1800
        assert now - row.created_at > timedelta(hours=24)
        assert row.failed_at is not None
