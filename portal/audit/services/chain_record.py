"""What the portal remembers of its own verifications."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.events import ChainBroken, ChainVerified
from portal.audit.models import ChainRecord
from portal.audit.repository.chain_state import RECORD
from portal.audit.rules.verdicts import Problem
from portal.audit.services.verifying import Verdict
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork

HISTORY = Ref("history", UUID("00000000-0000-8000-8000-000000000001"), "Audit log")
"""The log as a whole, as entries about it name it."""


def remember(uow: UnitOfWork, verdict: Verdict, *, is_round: bool = False) -> Problem | None:
    """Keep what a walk found; a problem that nobody knew of yet is an entry of its own, and is returned."""
    record = uow.session.get_one(ChainRecord, RECORD)
    if verdict.problem is not None:
        return note_problem(uow, verdict.problem)
    if verdict.reached_end:
        record.verified_at = uow.now
    record.verified_to = (
        max(record.verified_to, verdict.position) if not verdict.is_whole else verdict.position
    )
    if verdict.is_whole or (is_round and verdict.reached_end):
        record.whole_verified_at = uow.now
    if is_round:
        record.round_position = 0 if verdict.reached_end else verdict.position
    if record.problem is not None and (verdict.is_whole or _has_passed(verdict, Problem.of(record.problem))):
        record.problem, record.problem_at = None, None
    return None


def note_verification(uow: UnitOfWork, verdict: Verdict) -> None:
    """Keep what a walk found that somebody asked for, and that they did."""
    remember(uow, verdict)
    facts = {"position": verdict.position, "entries": verdict.entries, "exported": verdict.exported}
    uow.publish(ChainVerified(touched=(HISTORY,), details={**facts, "whole": verdict.problem is None}))


def round_position(session: Session) -> int:
    """How far the present walk over the whole chain has come."""
    return session.get_one(ChainRecord, RECORD).round_position


def note_problem(uow: UnitOfWork, problem: Problem) -> Problem | None:
    """Remember what is wrong; nothing happens if that is known."""
    record = uow.session.get_one(ChainRecord, RECORD)
    if record.problem == problem.describe():
        return None
    record.problem, record.problem_at = problem.describe(), uow.now
    uow.publish(ChainBroken(touched=(HISTORY,), details=problem.describe()))
    return problem


def _has_passed(verdict: Verdict, problem: Problem) -> bool:
    """Whether the walk went over the place, and found it in order: a backup was put back, say."""
    return problem.position is not None and verdict.after < problem.position <= verdict.position
