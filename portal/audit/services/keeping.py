"""Looking after the chain: what a sealer does each minute, and the command line when it is told to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from portal.audit.repository.chain_state import chain_state
from portal.audit.repository.checkpoints import Checkpoints
from portal.audit.rules.verdicts import Problem
from portal.audit.services.chain_record import note_problem, remember, round_position
from portal.audit.services.checkpoints import public_keys, write_checkpoint
from portal.audit.services.person_keys import ensure_keys_of_strangers, has_keys_of_strangers
from portal.audit.services.retention import drop_keys_of_strangers, may_remove, prune
from portal.audit.services.sealing import BATCH, prepare, seal
from portal.audit.services.verifying import Verifier
from portal.infra.ports import Ports
from portal.infra.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

BETWEEN_CHECKPOINTS: Final = timedelta(minutes=1)
NEW_LINKS: Final = 20_000
"""Verified each minute of what is new."""
OLD_LINKS: Final = 5_000
"""And of the whole, which is gone over again and again: 7 million in a day."""
BATCHES_OF_OLD: Final = 10
"""Removed each minute where the log is kept for so long only."""


@dataclass(frozen=True)
class Keeper:
    """Does it in small transactions. Several may be at it: one works, and the others find nothing to do."""

    reading: Callable[[], Session]
    writing: Callable[[], UnitOfWork]
    ports: Ports

    def seal_waiting(self) -> int:
        """Chain everything that waits, in batches; how many entries that were."""
        count = 0
        while True:
            with self.reading() as session:
                prepared = prepare(session)
            if not prepared.forms:
                return count
            with self.writing() as uow:
                sealed = seal(uow, prepared)
                for lost in sealed.lost:
                    evidence = "removed before it was sealed"
                    problem = Problem(kind="missing", entry_id=lost.hex, evidence=evidence)
                    self._alarm(note_problem(uow, problem))
            count += sealed.count
            if len(prepared.forms) < BATCH or not (sealed.count or sealed.lost):
                return count

    def sign_head(self) -> bool:
        """Write a checkpoint where the last one is a minute old and something has been sealed since."""
        with self.reading() as session:
            last, head = Checkpoints(session).last(), chain_state(session).head
        is_due = last is None or self.ports.clock.now() - last.at >= BETWEEN_CHECKPOINTS
        if not is_due or head <= (last.position if last else 0):
            return False
        with self.writing() as uow:
            return write_checkpoint(uow) is not None

    def verify_some(self) -> Problem | None:
        """Verify what is new, and go on with the round over the whole; what is wrong that nobody knew of."""
        with self.reading() as session:
            state, position = chain_state(session), round_position(session)
        now = self.ports.clock.now()
        if state.verified_at is not None and now - state.verified_at < BETWEEN_CHECKPOINTS:
            return None  # another process was here
        for after, most, is_round in ((state.verified_to, NEW_LINKS, False), (position, OLD_LINKS, True)):
            verifier = Verifier(self.reading, public_keys(self.ports.sealer))
            verdict = verifier.run(after=after, most=most, strays=is_round)
            with self.writing() as uow:
                problem = remember(uow, verdict, is_round=is_round)
            if problem is not None:
                self._alarm(problem)
                return problem
        return None

    def make_keys(self) -> None:
        """The keys of this month's strangers and the next one's, before a visitor's request has to make one."""
        with self.reading() as session:
            are_made = has_keys_of_strangers(session, at=self.ports.clock.now())
        if not are_made:
            with self.writing() as uow:
                ensure_keys_of_strangers(uow)

    def remove_old(self, *, days: int | None = None) -> int:
        """Keep the log for so many days, by default as the settings say; how many entries were removed."""
        days, count = days or self.ports.settings.audit_retention_days, 0
        if days is None:
            return 0
        with self.reading() as session:
            if not may_remove(session):
                return 0
        before = self.ports.clock.now() - timedelta(days=days)
        for _ in range(BATCHES_OF_OLD):
            with self.writing() as uow:
                pruned = prune(uow, before=before)
                if pruned.problem is not None:
                    self._alarm(note_problem(uow, pruned.problem))
            count += pruned.count
            if not pruned.count:
                break
        if count:
            with self.writing() as uow:
                drop_keys_of_strangers(uow, before=before)
        return count

    def _alarm(self, problem: Problem | None) -> None:
        if problem is not None:
            self.ports.metrics.security_event("audit_chain_broken")
            log.error(
                "audit_chain_broken", kind=problem.kind, position=problem.position, entry=problem.entry_id
            )
