"""Grant > code > family > refresh token. Revoking any of them ends everything below it by one UPDATE."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
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


class AuthorizationCode(Base):
    """A code on its way through a browser (RFC 6749 section 4.1.2): one minute, one use, bound to all it
    was asked with.
    """

    __tablename__ = "authorization_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"))
    security_epoch: Mapped[int]
    redirect_uri: Mapped[str | None] = mapped_column(String(2000))
    """As sent in the authorization request, None where it was left out: the token request must repeat it
    exactly.
    """
    scope: Mapped[str] = mapped_column(String(1000))
    nonce: Mapped[str | None] = mapped_column(String(500))
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    auth_time: Mapped[datetime]
    amr: Mapped[list[str]]
    acr: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    redeemed_at: Mapped[datetime | None] = mapped_column(default=None)
    claims: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """Names of claims asked for one by one: `{"userinfo": [...], "id_token": [...]}`."""


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
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """The absolute end: no rotation carries a chain beyond it."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revoke_reason: Mapped[str | None] = mapped_column(String(30), default=None)


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


class RevokedToken(Base):
    """An access token taken back one by one (RFC 7009), by its `jti`, until it would have expired."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime]


class SigningKey(Base):
    """A key of the issuer. `next` is published but not used, `active` signs, `retired` still verifies,
    `revoked` is gone from the JWKS.
    """

    __tablename__ = "signing_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    algorithm: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_key: Mapped[str] = mapped_column(String(8000))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def ref(self) -> Ref:
        return Ref("signing_key", self.id, f"{self.algorithm} {self.kid[:12]}")

    def activate(self, *, at: datetime) -> None:
        self.state, self.activated_at = "active", at

    def retire(self, *, at: datetime) -> None:
        """It signs nothing more; what it signed stays good until it has expired."""
        self.state, self.retired_at = "retired", at

    def revoke(self, *, at: datetime) -> None:
        """Nothing that it signed counts any more, and its private half is forgotten."""
        self.state, self.revoked_at, self.sealed_private_key = "revoked", at, ""
