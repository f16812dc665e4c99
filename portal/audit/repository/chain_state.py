"""How it stands with the chain, for pages: when it was last verified, and what was wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, ChainRecord, Checkpoint, Unsealed
from portal.audit.repository.chain import Chain
from portal.audit.rules.verdicts import Problem

RECORD: Final = 1


@dataclass(frozen=True, kw_only=True)
class ChainState:
    """What the portal itself knows of its chain. It is a memory: what proves something is `portal audit verify`."""

    head: int
    """How many entries have ever been sealed."""
    waiting_since: datetime | None
    """When the oldest entry that still waits for its seal was written."""
    verified_at: datetime | None
    """When the newest entries were last verified."""
    verified_to: int
    """Up to which position that went."""
    whole_verified_at: datetime | None
    """When a walk over the whole chain last ended well."""
    checkpoint_at: datetime | None
    """When the head was last signed."""
    problem: Problem | None
    problem_at: datetime | None
    """When the problem was found."""

    @property
    def is_whole(self) -> bool:
        return self.problem is None


def chain_state(session: Session) -> ChainState:
    """The state, for a handful of cheap questions."""
    record = session.get_one(ChainRecord, RECORD)
    oldest = select(AuditLog.created_at).join(Unsealed, Unsealed.entry_id == AuditLog.id)
    return ChainState(
        head=Chain(session).head().position,
        waiting_since=session.scalar(oldest.order_by(Unsealed.entry_id).limit(1)),
        verified_at=record.verified_at,
        verified_to=record.verified_to,
        whole_verified_at=record.whole_verified_at,
        checkpoint_at=session.scalar(select(func.max(Checkpoint.at))),
        problem=Problem.of(record.problem) if record.problem else None,
        problem_at=record.problem_at,
    )
