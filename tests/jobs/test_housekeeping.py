"""Housekeeping: once for all processes, again and again, and only what has long expired."""

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from portal.grants.models import SigningKey
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import ALGORITHMS
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from portal.infra.repository import FORGET_AT_ONCE
from portal.jobs.delivery import deliver_due
from portal.jobs.housekeeping import EVERY, HOUSEKEEPING, SOON, keep_house, schedule_housekeeping
from portal.sessions.models import Flow
from portal.sessions.services import begin_flow

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def rounds(portal: "Portal") -> list[bool]:
    """Every promised round, oldest first: whether it is done."""
    query = select(OutboxMessage).where(OutboxMessage.kind == HOUSEKEEPING).order_by(OutboxMessage.id)
    with portal.reading() as session:
        return [message.delivered_at is not None for message in session.scalars(query)]


def keys(portal: "Portal") -> dict[tuple[str, str], str]:
    with portal.reading() as session:
        rows = session.scalars(select(SigningKey).where(SigningKey.state.in_(("active", "next"))))
        return {(row.algorithm, row.state): row.kid for row in rows}


def test_however_many_processes_start_one_round_is_promised(portal: "Portal") -> None:
    for _ in range(3):
        schedule_housekeeping(portal)
    assert rounds(portal) == [False]


def test_each_round_promises_the_next(portal: "Portal", clock: "MovableClock") -> None:
    schedule_housekeeping(portal)
    deliver_due(portal)
    assert rounds(portal) == [False]
    clock.advance(minutes=61)
    deliver_due(portal)
    assert rounds(portal) == [True, False]
    schedule_housekeeping(portal)
    assert rounds(portal) == [True, False]


def test_what_is_long_over_is_forgotten_and_what_is_not_stays(
    portal: "Portal", clock: "MovableClock"
) -> None:
    schedule_housekeeping(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        begin_flow(uow, "authorize", browser_digest=b"a" * 32, resume_path="/oauth2/authorize/resume")
    clock.advance(days=2)
    with portal.unit_of_work(SYSTEM) as uow:
        young = begin_flow(uow, "authorize", browser_digest=b"b" * 32, resume_path="/oauth2/authorize/resume")
    deliver_due(portal)
    with portal.reading() as session:
        assert session.scalars(select(Flow.id)).all() == [young.id]


def test_signing_keys_change_every_quarter_and_clients_knew_the_new_one(
    portal: "Portal", clock: "MovableClock"
) -> None:
    schedule_housekeeping(portal)
    before = keys(portal)
    clock.advance(days=91)
    deliver_due(portal)
    after = keys(portal)
    assert {algorithm for algorithm, _ in before} == set(ALGORITHMS)
    for algorithm in ALGORITHMS:
        assert after[algorithm, "active"] == before[algorithm, "next"]
        assert after[algorithm, "next"] not in before.values()
    with portal.reading() as session:
        retired = session.scalar(
            select(func.count()).select_from(SigningKey).where(SigningKey.state == "retired")
        )
    assert retired == len(ALGORITHMS)


def test_a_round_clears_a_batch_of_each_table_and_the_rest_soon(
    portal: "Portal", clock: "MovableClock"
) -> None:
    """A delete of everything at once would stop every other writer for as long as it takes."""
    with portal.unit_of_work(SYSTEM) as uow:
        row = {"kind": "authorize", "browser_digest": b"a" * 32, "state": {}}
        moments = {"created_at": uow.now, "expires_at": uow.now}
        rows = [{"id": new_id(), **row, **moments} for _ in range(FORGET_AT_ONCE + 3)]
        uow.session.execute(insert(Flow), rows)
    clock.advance(days=2)
    left = []
    for _ in range(2):
        with portal.unit_of_work(SYSTEM) as uow:
            keep_house(uow, {})
            began = uow.now
        with portal.reading() as session:
            due = session.scalars(
                select(OutboxMessage.available_at).order_by(OutboxMessage.id.desc())
            ).first()
            flows = session.scalar(select(func.count()).select_from(Flow))
        assert due is not None
        left.append((flows, due - began))
    assert left == [(3, SOON), (0, EVERY)]
