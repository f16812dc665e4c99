"""Sessions, devices, failure counters and flows. All of it lives in SQL: a lost cache never signs anybody
in or out.
"""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class SessionProof(TypedDict):
    """What a session holds of the moment in which its person proved who they are."""

    token_hash: bytes
    security_epoch: int
    auth_time: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    amr: list[str]
    acr: str
    device_id: UUID | None
    ip: str | None
    user_agent: str | None


class Session(Base):
    """A signed-in browser. The cookie holds the secret, the row its digest; expiry is checked at use, by
    the row.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    device_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("devices.id", ondelete="SET NULL"), default=None
    )
    created_at: Mapped[datetime]
    auth_time: Mapped[datetime]
    """When the person last proved who they are (OpenID Connect Core 2, `auth_time`)."""
    last_seen_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    security_epoch: Mapped[int]
    amr: Mapped[list[str]] = mapped_column(default_factory=list)
    """How they proved it (RFC 8176), for instance `["pwd"]`."""
    acr: Mapped[str] = mapped_column(String(40), default="1")
    ip: Mapped[str | None] = mapped_column(String(45), default=None)
    user_agent: Mapped[str | None] = mapped_column(String(200), default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(String(30), default=None)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default_factory=dict)

    @property
    def ref(self) -> Ref:
        return Ref("session", self.id)

    def is_live(self, *, at: datetime, security_epoch: int) -> bool:
        """Not ended, not expired, and made under the account's present security epoch."""
        return (
            self.ended_at is None
            and at < self.idle_expires_at
            and at < self.expires_at
            and self.security_epoch == security_epoch
        )

    def prove(self, proof: SessionProof) -> None:
        """The same person proved it again, in the same browser; the token that it had is dead."""
        for field, value in proof.items():
            setattr(self, field, value)

    def end(self, reason: str, *, at: datetime) -> None:
        """Once ended, a session stays ended; the first reason is kept."""
        if self.ended_at is None:
            self.ended_at, self.end_reason = at, reason


class Device(Base):
    """A browser that has signed in to an account before. It keeps its way in while strangers are locked out
    of the account.
    """

    __tablename__ = "devices"
    __table_args__ = (Index("ix_devices_user_id_last_seen_at", "user_id", "last_seen_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    user_agent: Mapped[str | None] = mapped_column(String(200), default=None)


class FailureCount(Base):
    """Wrong proofs in a row against one account, counted apart for strangers (`scope` "any") and for each
    known device.

    The key is a digest of the account's id or, for identifiers that belong to nobody, of the folded
    identifier: an unknown account is slowed down exactly as a real one is.
    """

    __tablename__ = "failure_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(36), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    last_failure_at: Mapped[datetime] = mapped_column(index=True)


class Flow(Base):
    """Something a browser began and will come back to: signing in for an app, recovering a password.

    Bound to the browser by the digest of a cookie, stepped forward only by the server, so that no step can
    be jumped, repeated or carried to another browser. `state` holds what the flow's kind needs (for an app:
    the validated request).
    """

    __tablename__ = "flows"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    browser_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    app_name: Mapped[str | None] = mapped_column(String(100), default=None)
    redirect_origin: Mapped[str | None] = mapped_column(String(300), default=None)
    """Where the flow may lead the browser in the end, for the `form-action` of every page on the way."""
    resume_path: Mapped[str | None] = mapped_column(String(200), default=None)
    state: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    completed_at: Mapped[datetime | None] = mapped_column(default=None)

    def is_live(self, *, at: datetime) -> bool:
        return self.completed_at is None and at < self.expires_at
