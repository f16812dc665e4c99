"""The sealer: nothing is left out and nothing is sealed twice, whoever writes or waits meanwhile."""

import time
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, AuditSubject, Seal, Unsealed
from portal.audit.repository import chain_state
from portal.audit.services.sealing import BATCH, prepare, seal
from portal.infra.actor import SYSTEM
from portal.jobs.sealing import SealingThread, keeper_of
from tests.audit.steps import Built, live, verify
from tests.support.crowds import at_once
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def counts(portal: "Portal") -> tuple[int, int, int]:
    """Entries, links, and those that wait."""
    with portal.reading() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).select_from(table)) for table in (AuditLog, Seal, Unsealed)
        )


def is_gapless(portal: "Portal") -> bool:
    with portal.reading() as session:
        positions = session.scalars(select(Seal.position).order_by(Seal.position)).all()
        sealed = session.scalars(select(Seal.entry_id)).all()
    return list(positions) == list(range(1, len(positions) + 1)) and len(set(sealed)) == len(positions)


def write_and_seal(portal: "Portal", *, writers: int, each: int, sealers: int) -> None:
    """Writers and sealers side by side until all is written."""
    done = Event()

    def keep_sealing() -> None:
        while not done.is_set():
            keeper_of(portal).seal_waiting()

    threads = [Thread(target=keep_sealing) for _ in range(sealers)]
    for thread in threads:
        thread.start()
    at_once(writers, lambda _: live(portal, each), threads=writers)
    done.set()
    for thread in threads:
        thread.join()
    keeper_of(portal).seal_waiting()


def test_what_is_written_waits_and_is_then_sealed(portal: "Portal") -> None:
    live(portal, 5)
    entries, links, waiting = counts(portal)
    assert (links, waiting) == (0, entries)
    assert keeper_of(portal).seal_waiting() == entries
    assert counts(portal) == (entries, entries, 0)
    assert keeper_of(portal).seal_waiting() == 0


def test_what_is_written_meanwhile_is_left_for_the_next_look(portal: "Portal") -> None:
    """Under load there always is something new: whoever ran after it would seal one by one, and do nothing else."""
    looks: list[int] = []

    def look() -> Session:
        looks.append(len(looks))
        if len(looks) < 10:
            live(portal, 1)
        return portal.reading()

    keeper = replace(keeper_of(portal), reading=look)
    live(portal, 3)
    assert keeper.seal_waiting() == counts(portal)[0]
    assert len(looks) == 1


def test_what_was_rolled_back_does_not_wait(portal: "Portal") -> None:
    def fail() -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.publish(Built())
            raise LookupError

    before = counts(portal)
    with pytest.raises(LookupError):
        fail()
    assert counts(portal) == before


def test_twenty_writers_and_a_sealer_leave_no_gap(portal: "Portal") -> None:
    write_and_seal(portal, writers=20, each=6, sealers=1)
    entries, links, waiting = counts(portal)
    assert (links, waiting) == (entries, 0)
    assert is_gapless(portal)
    assert verify(portal).problem is None


def test_two_sealers_at_once_make_one_chain(portal: "Portal") -> None:
    write_and_seal(portal, writers=8, each=10, sealers=3)
    entries, links, waiting = counts(portal)
    assert (links, waiting) == (entries, 0)
    assert is_gapless(portal)
    assert verify(portal).problem is None


def test_what_another_sealer_has_done_meanwhile_is_left_out(portal: "Portal") -> None:
    live(portal, 4)
    with portal.reading() as session:
        prepared = prepare(session)
    assert keeper_of(portal).seal_waiting() == len(prepared.forms)
    live(portal, 1)
    with portal.unit_of_work(SYSTEM) as uow:
        assert seal(uow, prepared).count == 0
    keeper_of(portal).seal_waiting()
    assert verify(portal).problem is None


def test_an_entry_that_commits_late_is_sealed_all_the_same(portal: "Portal", clock: "MovableClock") -> None:
    """It began before others that were sealed long ago; there is no mark that it could slip under."""
    if portal.engine.dialect.name == "postgresql":
        with portal.unit_of_work(SYSTEM) as slow:
            slow.publish(Built(details={"slow": True}))
            live(portal, 6)
            keeper_of(portal).seal_waiting()
    else:  # the only writer: nobody can be ahead of it but by the clock
        clock.advance(minutes=-10)
        live(portal, 1)
        clock.advance(minutes=10)
    live(portal, 1)
    keeper_of(portal).seal_waiting()
    entries, links, waiting = counts(portal)
    assert (links, waiting) == (entries, 0)
    assert verify(portal).problem is None


def test_a_backlog_is_sealed_in_bounded_batches(portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        for _ in range(BATCH + 20):
            uow.publish(Built())
    with portal.reading() as session:
        assert len(prepare(session).forms) == BATCH
    entries, _, _ = counts(portal)
    assert keeper_of(portal).seal_waiting() == entries


def test_what_waits_is_found_off_the_queue(portal: "Portal") -> None:
    """However long the history, the sealer looks at what waits, and at the end of the chain."""
    live(portal, 30)
    keeper_of(portal).seal_waiting()
    live(portal, 2)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("ANALYZE"))
    explain = "EXPLAIN QUERY PLAN" if portal.engine.dialect.name == "sqlite" else "EXPLAIN"
    with portal.engine.connect() as connection:
        if explain == "EXPLAIN":
            connection.execute(text("SET enable_seqscan = off"))
        waiting = select(Unsealed.entry_id).order_by(Unsealed.entry_id).limit(10)
        joined = select(AuditLog.action).join(Unsealed, Unsealed.entry_id == AuditLog.id)
        for query in (waiting, joined):
            statement = str(query.compile(portal.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}"))
            assert "SCAN audit_logs" not in plan
            assert "Seq Scan" not in plan


def test_an_entry_removed_before_it_was_sealed_is_noticed(portal: "Portal") -> None:
    live(portal, 3)
    with portal.engine.begin() as connection:
        victim = connection.execute(
            select(Unsealed.entry_id).order_by(Unsealed.entry_id.desc()).limit(1)
        ).scalar_one()
        connection.execute(delete(AuditSubject).where(AuditSubject.entry_id == victim))
        connection.execute(delete(AuditLog).where(AuditLog.id == victim))
    keeper_of(portal).seal_waiting()
    with portal.reading() as session:
        problem = chain_state(session).problem
    assert problem is not None
    assert (problem.kind, problem.entry_id) == ("missing", victim.hex)
    assert [entry.outcome for entry in history(portal, "history.broken")] == ["failure"]


def test_the_thread_seals_without_being_asked(portal: "Portal") -> None:
    thread = SealingThread(portal)
    thread.start()
    try:
        live(portal, 3)
        for _ in range(100):
            if counts(portal)[2] == 0:
                break
            time.sleep(0.1)
    finally:
        thread.stop()
    entries, links, waiting = counts(portal)
    assert (links, waiting) == (entries, 0)
    with portal.reading() as session:
        assert chain_state(session).checkpoint_at is not None
