"""Audit entries and the rows they are about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


def _partial(name: str, *columns: str, where: str) -> Index:
    condition = text(where)
    return Index(name, *columns, "created_at", "id", postgresql_where=condition, sqlite_where=condition)


class AuditLog(Base):
    """One thing that happened. Rows are inserted in the transaction of the change they describe, and never
    changed.

    Nothing here is a foreign key to what it describes: an entry outlives the rows it names, so it keeps
    their labels.
    """

    __tablename__ = "audit_logs"
    # Each ends in (created_at, id), the order of reading: a filtered page is read off an index, never sorted
    __table_args__ = (
        Index("ix_audit_logs_created_at_id", "created_at", "id"),
        Index("ix_audit_logs_action_created_at_id", "action", "created_at", "id"),
        _partial("ix_audit_logs_actor_id_created_at_id", "actor_id", where="actor_id IS NOT NULL"),
        _partial("ix_audit_logs_session_id_created_at_id", "session_id", where="session_id IS NOT NULL"),
        # failures are few, and they are what one looks for
        _partial("ix_audit_logs_failures", where="outcome = 'failure'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    created_at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[UUID | None]
    """The person whose account it is about, if it is about one; asked by way of `AuditSubject`."""
    resource_type: Mapped[str | None] = mapped_column(String(30))
    resource_id: Mapped[UUID | None]
    resource_label: Mapped[str] = mapped_column(String(120))
    before_state: Mapped[dict[str, Any] | None]
    after_state: Mapped[dict[str, Any] | None]
    details: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(String(300))
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(200))
    session_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)

    subjects: Mapped[list["AuditSubject"]] = relationship(
        lazy="raise", default_factory=list, order_by="AuditSubject.position", cascade="save-update"
    )

    @property
    def failed(self) -> bool:
        return self.outcome == "failure"


class AuditSubject(Base):
    """A row that an entry touched, so that "everything that touched X" is one index scan in order of time."""

    __tablename__ = "audit_subjects"
    __table_args__ = (
        Index("ix_audit_subjects_resource_id_created_at_entry_id", "resource_id", "created_at", "entry_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_logs.id"), primary_key=True, init=False)
    position: Mapped[int] = mapped_column(primary_key=True)
    resource_type: Mapped[str] = mapped_column(String(30))
    resource_id: Mapped[UUID]
    resource_label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    """The entry's, for the order of reading."""


class SavedView(Base):
    """A filter of the audit log under a name, for whoever saved it and, if they like, for everybody who may read."""

    __tablename__ = "audit_saved_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def ref(self) -> Ref:
        return Ref("saved_view", self.id, self.name)
