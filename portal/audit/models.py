"""Audit entries, the rows they are about, and what proves that nobody has changed them since.

Entries, subjects, seals, checkpoints and tombstones are inserted and never updated: on PostgreSQL the role of the
application need not be able to. Only housekeeping of the chain's own bookkeeping (`Unsealed`, `ChainRecord`) and the
destruction of a person's key touch a row that exists.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
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

    What identifies a person stands apart, sealed under that person's own key (`PersonKey`): who acted and from where
    in `sealed_actor`, what the entry says of somebody in `sealed_facts`. The plain columns of the same meaning are
    empty then. Entries of before 0003 have them in clear, and nobody rewrites history. Pages read `Entry`, not rows.
    """

    __tablename__ = "audit_logs"
    # Each ends in (created_at, id), the order of reading: a filtered page is read off an index, never sorted
    __table_args__ = (
        Index("ix_audit_logs_created_at_id", "created_at", "id"),
        Index("ix_audit_logs_action_created_at_id", "action", "created_at", "id"),
        _partial("ix_audit_logs_actor_id_created_at_id", "actor_id", where="actor_id IS NOT NULL"),
        _partial("ix_audit_logs_session_id_created_at_id", "session_id", where="session_id IS NOT NULL"),
        # with what statistics of an app count, so that they look at no row
        Index(
            "ix_audit_logs_client_use",
            "client_id",
            "created_at",
            "id",
            "action",
            "user_id",
            postgresql_where=text("client_id IS NOT NULL"),
            sqlite_where=text("client_id IS NOT NULL"),
        ),
        _partial("ix_audit_logs_ip_index_created_at_id", "ip_index", where="ip_index IS NOT NULL"),
        # of entries from before addresses were sealed; a new one costs nothing
        _partial("ix_audit_logs_ip_created_at_id", "ip", where="ip IS NOT NULL"),
        # most of what happens is done by people and visitors; whatever else acts is found without reading over that
        _partial("ix_audit_logs_rare_actors", "actor_kind", where="actor_kind NOT IN ('user', 'anonymous')"),
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
    sealed_actor: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    sealed_facts: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    ip_index: Mapped[bytes | None] = mapped_column(LargeBinary(8), default=None)
    """A keyed digest of the address, so that it can be asked for and not read."""

    subjects: Mapped[list["AuditSubject"]] = relationship(
        lazy="raise", default_factory=list, order_by="AuditSubject.position", cascade="save-update"
    )

    @property
    def failed(self) -> bool:
        return self.outcome == "failure"


class AuditSubject(Base):
    """A row that an entry touched, so that "everything that touched X" is one index scan in order of time. The last one
    may be the token by which somebody acted (`MEANS`).
    """

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
    sealed_label: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    """What a person is called, sealed under that person's key; `resource_label` is empty then."""


class PersonKey(Base):
    """The key that seals what entries say of one person. Destroyed, it takes all of that along; the chain stays."""

    __tablename__ = "audit_person_keys"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    """A user, living or gone; or the strangers of one month (`portal.audit.rules.personal.strangers_of`)."""
    sealed_key: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class Unsealed(Base):
    """An entry that waits for its place in the chain. A trigger writes the row with the entry, in one statement of the
    client and one transaction: a queue of exactly what has been committed and not been sealed.
    """

    __tablename__ = "audit_unsealed"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)


class Seal(Base):
    """A link of the chain: SHA-256 over the hash before it and the canonical form of one entry."""

    __tablename__ = "audit_seals"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    form: Mapped[int] = mapped_column(SmallInteger)
    """Version of the canonical form."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Checkpoint(Base):
    """The head of the chain at a moment, signed. Copies of it leave the house."""

    __tablename__ = "audit_checkpoints"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class Tombstone(Base):
    """What stands for the oldest part of the chain after it was removed by age: from its hash the chain goes on."""

    __tablename__ = "audit_tombstones"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Of the last link that was removed."""
    first_position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class ChainRecord(Base):
    """What the portal itself last found when it verified its chain; one row. A memory, no evidence."""

    __tablename__ = "audit_chain"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verified_at: Mapped[datetime | None]
    verified_to: Mapped[int] = mapped_column(BigInteger)
    round_position: Mapped[int] = mapped_column(BigInteger)
    """How far the present walk over the whole chain has come."""
    whole_verified_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
    problem_at: Mapped[datetime | None]


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
