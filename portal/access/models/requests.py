"""Access that people ask for, and rounds in which somebody looks again at who has it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id

_OPEN = text("state = 'open'")


class AccessRequest(Base):
    """A person asks for a role, a group or an app. One open request for each thing; answered ones stay."""

    __tablename__ = "access_requests"
    __table_args__ = (
        Index("uq_access_requests_open", "user_id", "target_type", "target_id", unique=True,
              postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_access_requests_state_id", "state", "id"),
        Index("ix_access_requests_target_id", "target_id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    target_type: Mapped[str] = mapped_column(String(10))
    """`role`, `group` or `client`."""
    target_id: Mapped[UUID]
    target_label: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(300))
    wished_until: Mapped[datetime | None] = mapped_column(default=None)
    refusal_reference: Mapped[str | None] = mapped_column(String(40), default=None)
    """The reference id of the refusal page that it was asked from."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """`open`, `approved`, `refused` or `withdrawn`."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    decision_note: Mapped[str | None] = mapped_column(String(300), default=None)
    granted_until: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("access_request", self.id, self.target_label)

    @property
    def target(self) -> Ref:
        """What is asked for, under the name that it had then."""
        return Ref(self.target_type, self.target_id, self.target_label)

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps of it; an answer adds its own fields."""
        return {"state": self.state, "wished_until": _iso(self.wished_until)} | (
            {}
            if self.is_open
            else {"granted_until": _iso(self.granted_until), "decision_note": self.decision_note}
        )

    def approve(self, *, by: UUID | None, until: datetime | None, note: str | None, at: datetime) -> None:
        """What was asked for has been given, until then."""
        self._decide("approved", by=by, note=note, at=at)
        self.granted_until = until

    def refuse(self, *, by: UUID | None, note: str, at: datetime) -> None:
        self._decide("refused", by=by, note=note, at=at)

    def withdraw(self, *, at: datetime) -> None:
        """Whoever asked does not want it any more."""
        self._decide("withdrawn", by=self.user_id, note=None, at=at)

    def _decide(self, state: str, *, by: UUID | None, note: str | None, at: datetime) -> None:
        self.state, self.decided_by, self.decision_note, self.decided_at = state, by, note, at


class AccessReview(Base):
    """A walk through everybody who held a role or was in a group when it began."""

    __tablename__ = "access_reviews"
    __table_args__ = (Index("ix_access_reviews_target_id", "target_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    target_type: Mapped[str] = mapped_column(String(10))
    """`role` or `group`."""
    target_id: Mapped[UUID]
    target_label: Mapped[str] = mapped_column(String(120))
    reviewer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True, default=None
    )
    started_at: Mapped[datetime]
    started_by: Mapped[UUID | None] = mapped_column(default=None)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("access_review", self.id, self.target_label)

    @property
    def target(self) -> Ref:
        """Whose holders are looked at, under the name that it had at the start."""
        return Ref(self.target_type, self.target_id, self.target_label)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    def is_reviewed_by(self, user_id: UUID | None) -> bool:
        return user_id is not None and self.reviewer_id == user_id

    def finish(self, *, at: datetime) -> None:
        """Nothing of it changes from now on."""
        self.finished_at = at


class AccessReviewItem(Base):
    """One person of a review: kept, ended, or still to be looked at."""

    __tablename__ = "access_review_items"
    __table_args__ = (UniqueConstraint("review_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("access_reviews.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    verdict: Mapped[str | None] = mapped_column(String(10), default=None)
    """`keep` or `end`; None until somebody has looked."""
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(String(300), default=None)

    def judge(self, verdict: str, *, by: UUID | None, note: str | None, at: datetime) -> None:
        """Keep or end; a later look replaces an earlier one."""
        self.verdict, self.decided_by, self.note, self.decided_at = verdict, by, note, at


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
