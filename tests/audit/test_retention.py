"""What is too old goes, from the beginning and with a signed tombstone; and what the portal remembers of verifying."""

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from portal.audit.models import AuditLog, AuditSubject, Checkpoint, PersonKey, Seal
from portal.audit.repository import chain_state
from portal.audit.rules.personal import strangers_of
from portal.audit.services import retention
from portal.audit.services.chain_record import note_verification
from portal.infra.actor import CLI
from portal.jobs.sealing import keeper_of
from tests.audit.steps import live, sealed_history, sign, verify
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

DAYS = 90


def numbers(portal: "Portal") -> dict[str, int]:
    with portal.reading() as session:
        tables = (AuditLog, AuditSubject, Seal, Checkpoint)
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_nothing_is_removed_unless_a_setting_says_so(portal: "Portal", clock: "MovableClock") -> None:
    sealed_history(portal, 6)
    clock.advance(days=4000)
    before = numbers(portal)
    assert keeper_of(portal).remove_old() == 0
    assert numbers(portal) == before


@pytest.mark.settings(audit_retention_days=DAYS)
def test_old_entries_go_and_the_chain_goes_on_from_a_tombstone(
    portal: "Portal", clock: "MovableClock"
) -> None:
    old = sealed_history(portal, 12)
    clock.advance(days=DAYS - 1)
    live(portal, 6)
    keeper_of(portal).seal_waiting()
    young = sign(portal)
    assert keeper_of(portal).remove_old() == 0
    clock.advance(days=2)
    assert keeper_of(portal).remove_old() == old[-1].position
    assert numbers(portal)["audit_logs"] == 6 + 1
    assert numbers(portal)["audit_checkpoints"] == 1
    keeper_of(portal).seal_waiting()
    verdict = verify(portal, [*old, young])
    assert (verdict.problem, verdict.after, verdict.is_whole) == (None, old[-1].position, True)
    (told,) = history(portal, "history.pruned")
    assert (told.details["first"], told.details["last"]) == (1, old[-1].position)


@pytest.mark.settings(audit_retention_days=DAYS)
def test_a_log_that_is_all_old_goes_and_is_begun_again(portal: "Portal", clock: "MovableClock") -> None:
    copies = sealed_history(portal, 6)
    clock.advance(days=DAYS + 1)
    assert keeper_of(portal).remove_old() == copies[-1].position
    keeper_of(portal).seal_waiting()
    verdict = verify(portal, copies)
    assert (verdict.problem, verdict.position) == (None, copies[-1].position + 1)


def test_removal_is_bounded(portal: "Portal", clock: "MovableClock") -> None:
    sealed_history(portal, 12)
    clock.advance(days=DAYS)
    with portal.unit_of_work(CLI) as uow:
        assert retention.prune(uow, before=uow.now, most=5).count == 5
    with portal.unit_of_work(CLI) as uow:
        assert retention.prune(uow, before=uow.now, most=5).count == 5
    keeper_of(portal).seal_waiting()
    assert verify(portal).problem is None


@pytest.mark.settings(audit_retention_days=DAYS)
def test_evidence_is_not_swept_away(portal: "Portal", clock: "MovableClock") -> None:
    """What does not fit the chain stays, however old it is."""
    sealed_history(portal, 6)
    with portal.engine.begin() as connection:
        victim = connection.execute(select(Seal.entry_id).where(Seal.position == 3)).scalar_one()
        connection.execute(update(AuditLog).where(AuditLog.id == victim).values(action="test.changed"))
    clock.advance(days=DAYS + 1)
    before = numbers(portal)["audit_seals"]
    assert keeper_of(portal).remove_old() == 0
    assert numbers(portal)["audit_seals"] == before
    with portal.reading() as session:
        problem = chain_state(session).problem
    assert problem is not None
    assert (problem.kind, problem.position) == ("altered", 3)


@pytest.mark.settings(audit_retention_days=DAYS)
def test_keys_of_strangers_go_with_their_entries(portal: "Portal", clock: "MovableClock") -> None:
    sealed_history(portal, 6)
    month = strangers_of(clock.now())
    clock.advance(days=DAYS + 40)
    keeper_of(portal).make_keys()
    keeper_of(portal).remove_old()
    with portal.reading() as session:
        assert session.get(PersonKey, month) is None
        assert session.get(PersonKey, strangers_of(clock.now())) is not None


def test_the_portal_verifies_by_itself(portal: "Portal", clock: "MovableClock") -> None:
    copies = sealed_history(portal, 12)
    assert keeper_of(portal).verify_some() is None
    with portal.reading() as session:
        state = chain_state(session)
    assert (state.head, state.verified_to, state.is_whole) == (copies[-1].position, copies[-1].position, True)
    assert state.verified_at == state.whole_verified_at
    assert state.verified_at is not None
    assert (clock.now() - state.verified_at).total_seconds() < 60


def test_a_broken_chain_is_told_once_and_forgotten_when_it_is_mended(
    portal: "Portal", clock: "MovableClock"
) -> None:
    sealed_history(portal, 12)
    with portal.engine.begin() as connection:
        victim = connection.execute(select(Seal.entry_id).where(Seal.position == 4)).scalar_one()
        action = connection.execute(select(AuditLog.action).where(AuditLog.id == victim)).scalar_one()
        connection.execute(update(AuditLog).where(AuditLog.id == victim).values(action="test.changed"))
    for _ in range(3):
        keeper_of(portal).verify_some()
        clock.advance(minutes=2)
    with portal.reading() as session:
        state = chain_state(session)
    assert state.problem is not None
    assert (state.problem.position, state.problem.entry_id) == (4, victim.hex)
    assert state.problem.text.startswith("position 4, entry")
    assert len(history(portal, "history.broken")) == 1
    with portal.engine.begin() as connection:
        connection.execute(update(AuditLog).where(AuditLog.id == victim).values(action=action))
    verdict = verify(portal)
    with portal.unit_of_work(CLI) as uow:
        note_verification(uow, verdict)
    with portal.reading() as session:
        state = chain_state(session)
    assert (state.problem, state.is_whole) == (None, True)
    assert state.whole_verified_at is not None


def test_a_verification_can_begin_at_a_place(portal: "Portal") -> None:
    copies = sealed_history(portal, 12)
    verdict = verify(portal, copies, after=copies[0].position)
    assert (verdict.problem, verdict.after, verdict.is_whole) == (None, copies[0].position, False)
    assert verdict.entries == copies[-1].position - copies[0].position
    beyond = verify(portal, after=copies[-1].position + 5)
    assert beyond.problem is not None
    assert beyond.problem.kind == "missing"
