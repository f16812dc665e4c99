"""A job and its items. What changes them is in the transaction of what was done, so that both are true or none is."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.actor import ActorKind
from portal.infra.db import Base
from portal.infra.events import Ref

BULK: Final = "bulk_job"
"""The kind of outbox message that carries a job on by one turn, and what audit entries call the job."""

BulkState = Literal["waiting", "running", "done", "cancelled", "failed"]
ItemState = Literal["waiting", "done", "unchanged", "failed"]


class BulkJob(Base):
    """One act for many. Its items are taken in their order, so the counters are the place at which it goes on."""

    __tablename__ = "bulk_jobs"
    __table_args__ = (
        Index(
            "ix_bulk_jobs_unfinished",
            "created_at",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(200))
    """What people call it: the act and, where there is one, the role or group."""
    parameters: Mapped[dict[str, Any]]
    state: Mapped[BulkState] = mapped_column(String(10), default="waiting")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    actor_kind: Mapped[ActorKind] = mapped_column(String(10))
    actor_id: Mapped[UUID | None] = mapped_column(default=None)
    actor_label: Mapped[str] = mapped_column(String(120), default="")
    origin: Mapped[str | None] = mapped_column(Text, default=None)
    """From where it was asked for, sealed; gone once it is over."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    cancel_asked_at: Mapped[datetime | None] = mapped_column(default=None)
    cancel_asked_by: Mapped[UUID | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(String(300), default=None)
    """Why it failed, in words."""
    carried_by: Mapped[UUID | None] = mapped_column(default=None)
    """The message that carries it on; any other is a repetition, and does nothing."""
    claimed_by: Mapped[UUID | None] = mapped_column(default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref(BULK, self.id, self.label)

    @property
    def processed(self) -> int:
        """So many items are over: those up to this position."""
        return self.done + self.unchanged + self.failed

    @property
    def left(self) -> int:
        return self.total - self.processed

    @property
    def percent(self) -> int:
        return 100 * self.processed // self.total if self.total else 100

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    @property
    def is_stopping(self) -> bool:
        """Somebody has cancelled it, and the batch in hand is still being finished."""
        return self.cancel_asked_at is not None and not self.is_over

    @property
    def counts(self) -> dict[str, int]:
        """For audit entries, and for whoever asks how it goes."""
        return {
            "total": self.total,
            "done": self.done,
            "unchanged": self.unchanged,
            "failed": self.failed,
            "left": self.left,
        }

    def is_claimed(self, *, at: datetime) -> bool:
        """Whether a worker has it in hand, as far as anybody knows."""
        return self.claimed_by is not None and self.claimed_until is not None and self.claimed_until >= at

    def ask_cancel(self, *, by: UUID | None, at: datetime) -> None:
        self.cancel_asked_at, self.cancel_asked_by = at, by

    def end(self, state: BulkState, *, at: datetime, problem: str | None = None) -> None:
        """It is over; nobody holds it any more, and from where it came is forgotten."""
        self.state, self.finished_at, self.problem = state, at, problem and problem[:300]
        self.claimed_by = self.claimed_until = self.origin = None


class BulkPart(Base):
    """A part of the file that a job writes."""

    __tablename__ = "bulk_parts"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 on, without a gap."""
    place: Mapped[str | None] = mapped_column(String(64))
    """From where the next part goes on; None where this is the last one."""
    size: Mapped[int]
    sealed: Mapped[str] = mapped_column(Text)


class BulkItem(Base):
    """One of those whom a job is about, and what came of it."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_outcome", "job_id", "state", "position"),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1 on, without a gap."""
    subject_id: Mapped[UUID | None] = mapped_column(default=None)
    """Whom it is about; of a line that was taken in, who came of it."""
    line: Mapped[int | None] = mapped_column(default=None)
    """Where in a file it stood."""
    sealed: Mapped[str | None] = mapped_column(Text, default=None)
    """What it says, until it is taken in."""
    state: Mapped[ItemState] = mapped_column(String(10), default="waiting")
    code: Mapped[str | None] = mapped_column(String(60), default=None)
    message: Mapped[str | None] = mapped_column(String(300), default=None)
