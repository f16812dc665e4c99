"""What was issued: families, the links of refresh chains, opaque tokens, and what was taken back one by one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.ids import new_id


class TokenFamily(Base):
    """Everything issued for one code. Access tokens name it; when it is revoked they and every refresh
    token are dead.
    """

    __tablename__ = "token_families"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    code_id: Mapped[UUID | None] = mapped_column(unique=True)
    """No foreign key: codes are swept long before families."""
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )
    security_epoch: Mapped[int]
    scope: Mapped[str] = mapped_column(String(1000))
    auth_time: Mapped[datetime]
    amr: Mapped[list[str]]
    acr: Mapped[str] = mapped_column(String(40))
    claims: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    resources: Mapped[list[str] | None] = mapped_column(default=None)
    authorization_details: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    confirmation: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """The `cnf` (`jkt`, `x5t#S256`) that refresh tokens of public clients are bound to; others prove themselves."""
    actor: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """Who acts for the person: the `act` claim of a token exchange (RFC 8693 section 4.1)."""
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    """The family of the token that was exchanged for this one: nothing here outlives it. No foreign key, so that a
    parent that was swept is missed and not forgotten.
    """
    parent_jti: Mapped[str | None] = mapped_column(String(64), default=None)
    """Which access token that was."""
    actor_family_id: Mapped[UUID | None] = mapped_column(default=None)
    """The family of the token with which somebody else showed that they act here: nothing here outlives that either."""
    actor_jti: Mapped[str | None] = mapped_column(String(64), default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """The absolute end: no rotation carries a chain beyond it."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoke_reason: Mapped[str | None] = mapped_column(String(30), default=None)

    def carry_on(self, *, until: datetime, confirmation: dict[str, Any] | None) -> None:
        """Its code has come (OpenID Connect Core 3.3): what began with one access token goes on with refresh tokens."""
        self.expires_at, self.confirmation = until, confirmation


class RefreshToken(Base):
    """One link of a chain (RFC 9700 section 4.14.2). Used once; a second use means that two parties hold
    it, and ends the family.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(default=None)
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    graced_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it came once more within the grace for lost answers; a token gets one such chance."""

    def is_used_up(self, *, at: datetime, grace: timedelta) -> bool:
        """Whether whoever brings it now is a second holder of it."""
        if self.rotated_at is None:
            return False
        return self.graced_at is not None or at > self.rotated_at + grace


class OpaqueToken(Base):
    """An access token that says nothing by itself: its claims stand here, where only its bearer's digest finds them."""

    __tablename__ = "opaque_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    claims: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RevokedToken(Base):
    """An access token taken back one by one (RFC 7009), by its `jti`, until it would have expired."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime]
