"""What a person allowed a client: the root of every code and token that came of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class Grant(Base):
    """What a user allowed a client: the remembered consent, and the root of every code and token that came
    of it.
    """

    __tablename__ = "grants"
    __table_args__ = (
        # one live grant for a user and a client; a revoked one stays as history
        Index("uq_grants_live", "user_id", "client_pk", unique=True,
              postgresql_where=text("revoked_at IS NULL"), sqlite_where=text("revoked_at IS NULL")),
        Index("ix_grants_client_pk", "client_pk"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    scopes: Mapped[list[str]]
    claims: Mapped[list[str]] = mapped_column(default_factory=list)
    """Claims allowed one by one, beyond those of the scopes (OpenID Connect Core 5.5)."""
    declined: Mapped[list[str]] = mapped_column(default_factory=list)
    """Optional scopes that the person unticked: remembered too, so that nobody is asked again and again."""
    granted_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoke_reason: Mapped[str | None] = mapped_column(String(30), default=None)

    @property
    def ref(self) -> Ref:
        return Ref("grant", self.id)

    def describe(self) -> dict[str, Any]:
        """What the audit log keeps."""
        return {"scopes": self.scopes, "claims": self.claims, "declined": self.declined}

    def decide(
        self, *, scopes: Collection[str], claims: Collection[str], declined: Collection[str], at: datetime
    ) -> None:
        """Remember a newer answer on top of older ones: it counts for the scopes that it was about."""
        self.scopes = sorted(({*self.scopes, *scopes}) - set(declined))
        self.claims = sorted({*self.claims, *claims})
        self.declined = sorted(({*self.declined, *declined}) - set(scopes))
        self.granted_at = self.last_used_at = at

    def revoke(self, reason: str, *, at: datetime) -> None:
        """Once revoked, a grant stays revoked; the first reason is kept."""
        if self.revoked_at is None:
            self.revoked_at, self.revoke_reason = at, reason
