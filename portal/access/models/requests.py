"""Access that people ask for, and rounds in which somebody looks again at who has it."""

from datetime import datetime
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
