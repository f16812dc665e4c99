"""Tokens that people make for their own scripts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class PersonalToken(Base):
    """A token by which a script acts for its person, as far as its scopes and their permissions go. It ends with time,
    when it is revoked, and with everything else of the person that hangs on the security epoch.
    """

    __tablename__ = "personal_tokens"
    __table_args__ = (Index("ix_personal_tokens_user_id_id", "user_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]]
    security_epoch: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ip: Mapped[str | None] = mapped_column(String(45), default=None)
    """Where it was made from."""
    user_agent: Mapped[str | None] = mapped_column(String(200), default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    """To the minute: a script that comes a hundred times a second writes no more than that."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoke_reason: Mapped[str | None] = mapped_column(String(30), default=None)

    @property
    def ref(self) -> Ref:
        """How events name it."""
        return Ref("personal_token", self.id, self.name)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps."""
        return {"name": self.name, "scopes": self.scopes, "expires_at": self.expires_at.isoformat()}

    def revoke(self, reason: str, *, at: datetime) -> None:
        """Once revoked, it stays so; the first reason is kept."""
        if self.revoked_at is None:
            self.revoked_at, self.revoke_reason = at, reason

    def end_of(self, *, user_is_active: bool, user_epoch: int, at: datetime) -> str | None:
        """Why it counts no more; None while it does."""
        ends = (
            (self.revoked_at is not None, "revoked"),
            (at >= self.expires_at, "expired"),
            (not user_is_active, "user_disabled"),
            (user_epoch != self.security_epoch, "security_epoch"),
        )
        return next((reason for has_come, reason in ends if has_come), None)
