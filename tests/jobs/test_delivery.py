"""Claims, lanes and tries: what is taken in hand, for how long, and when it is enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.leases import WORK, lease
from portal.infra.outbox import CLAIM, GIVE_UP_AFTER, LOST, Outbox, OutboxMessage
from portal.infra.queue import Lane
from portal.jobs.delivery import PACES, deliver_due, deliver_some
from portal.jobs.registry import JOBS, Inside, Job, Outside
from portal.jobs.rounds import ROUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any
    from uuid import UUID

    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def done(clock: MovableClock) -> Iterator[list[str]]:
    """Three kinds of work for these tests: mow takes no time, dig takes minutes, and rest takes 40 seconds."""
    found: list[str] = []

    def mow(_uow: UnitOfWork, _payload: Mapping[str, Any]) -> None:
        found.append("mow")

    def dig(_portal: Portal, _message: OutboxMessage) -> None:
        found.append("dig")

    def rest(_portal: Portal, _message: OutboxMessage) -> None:
        clock.advance(seconds=40)
        found.append("rest")

    ours: dict[str, Job] = {"mow": Inside(mow), "dig": Outside(dig, lane=Lane.LONG), "rest": Outside(rest)}
    JOBS.update(ours)
    yield found
    for kind in ours:
        del JOBS[kind]


def promise(portal: Portal, *kinds: str) -> list[UUID]:
    with portal.unit_of_work(SYSTEM) as uow:
        return [uow.enqueue(kind, {}).id for kind in kinds]


def claim(portal: Portal) -> list[OutboxMessage]:
    """As a worker does that is killed before it has done anything."""
    with portal.unit_of_work(SYSTEM) as uow:
        return Outbox(uow.session).claim_due(at=uow.now)


def found(portal: Portal, message_id: UUID) -> OutboxMessage:
    with portal.reading() as session:
        return session.get_one(OutboxMessage, message_id)


def test_between_two_pieces_of_long_work_everything_prompt_is_done(portal: Portal, done: list[str]) -> None:
    promise(portal, "dig", "dig", "mow")
    assert deliver_due(portal) == 3
    assert done == ["mow", "dig", "dig"]
    promise(portal, "dig", "mow")
    assert deliver_some(portal, Lane.LONG) == 1
    assert done[3:] == ["dig"]


def test_what_a_worker_had_in_hand_when_it_died_comes_back_after_its_claim(
    portal: Portal, done: list[str], clock: MovableClock
) -> None:
    promise(portal, "mow")
    assert len(claim(portal)) == 1
    assert deliver_due(portal) == 0
    clock.advance(seconds=CLAIM.total_seconds() + 1)
    assert deliver_due(portal) == 1
    assert done == ["mow"]


def test_work_that_ends_its_workers_waits_longer_each_time_and_is_given_up(
    portal: Portal, clock: MovableClock
) -> None:
    (message_id,) = promise(portal, "mow")
    claims = 0
    while claim(portal):
        claims += 1
        until = found(portal, message_id).claimed_until
        assert until is not None
        clock.advance(seconds=1 + (until - clock.now()).total_seconds())
    message = found(portal, message_id)
    assert (message.state, message.last_error) == ("failed", LOST)
    assert 40 < claims < 70, "in a day, not once a minute"


def test_work_that_waited_longer_than_a_day_for_a_worker_is_still_tried(
    portal: Portal, done: list[str], clock: MovableClock
) -> None:
    promise(portal, "mow")
    clock.advance(days=3)
    assert deliver_due(portal) == 1
    assert done == ["mow"]


def test_a_batch_that_takes_too_long_leaves_the_rest_to_the_next_claim(
    portal: Portal, done: list[str], clock: MovableClock
) -> None:
    promise(portal, "rest", "mow")
    assert deliver_some(portal, Lane.PROMPT) == 2
    assert done == ["rest"]
    clock.advance(seconds=CLAIM.total_seconds())
    assert deliver_some(portal, Lane.PROMPT) == 1
    assert done == ["rest", "mow"]


def test_tries_that_failed_together_come_back_spread_and_never_later_than_they_should() -> None:
    waits = []
    for chance in (0.0, 0.5, 1.0):
        message = OutboxMessage(
            id=new_id(), kind="mow", payload={}, created_at=NOW, available_at=NOW, attempts=4
        )
        message.postpone("no", at=NOW, chance=chance)
        waits.append((message.available_at - NOW).total_seconds())
    assert waits == [30, 35, 40]


def test_what_is_begun_anew_has_a_day_of_its_own() -> None:
    message = OutboxMessage(id=new_id(), kind="mow", payload={}, created_at=NOW, available_at=NOW)
    message.give_up("no", at=NOW)
    later = NOW + timedelta(days=9)
    message.retry(at=later)
    message.postpone("no", at=later + GIVE_UP_AFTER / 2)
    assert message.failed_at is None
    message.postpone("no", at=later + GIVE_UP_AFTER)
    assert message.failed_at is not None


def test_every_round_may_come_at_any_time_and_twice(portal: Portal, clock: MovableClock) -> None:
    for _ in range(2):
        for entry in ROUNDS:
            entry.run(portal)
        clock.advance(minutes=2)
    with portal.reading() as session:
        seen = lease(session, WORK)
    assert seen is not None
    assert clock.now() - seen.renewed_at < timedelta(minutes=3)


def test_no_piece_of_work_outlasts_its_claim() -> None:
    for pace in PACES.values():
        assert pace.spare < pace.claim
