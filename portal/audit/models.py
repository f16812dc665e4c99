"""Audit entries and the rows they are about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.infra.db import Base
from portal.infra.ids import new_id


class AuditLog(Base):
    """One thing that happened. Rows are inserted in the transaction of the change they describe, and never
    changed.

    Nothing here is a foreign key to what it describes: an entry outlives the rows it names, so it keeps
    their labels.
    """

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_action_created_at", "action", "created_at"),
        Index("ix_audit_logs_actor_id_created_at", "actor_id", "created_at"),
        Index("ix_audit_logs_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    created_at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[UUID | None] = mapped_column(index=True)
    """The person whose account it is about, if it is about one."""
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


class AuditSubject(Base):
    """A row that an entry touched beyond its first; so that "everything that touched X" is one index
    lookup.
    """

    __tablename__ = "audit_subjects"
    __table_args__ = (Index("ix_audit_subjects_resource_id_entry_id", "resource_id", "entry_id"),)

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_logs.id"), primary_key=True, init=False)
    position: Mapped[int] = mapped_column(primary_key=True)
    resource_type: Mapped[str] = mapped_column(String(30))
    resource_id: Mapped[UUID]
    resource_label: Mapped[str] = mapped_column(String(120))
