"""Requests on their way: pushed ones, codes in browsers, devices that wait, and identifiers that come once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.ids import new_id


class PushedRequest(Base):
    """An authorization request that came from the client itself (RFC 9126), waiting for its browser."""

    __tablename__ = "pushed_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    parameters: Mapped[dict[str, Any]]
    """As they were judged: names and values, a list where one repeats."""
    dpop_jkt: Mapped[str | None] = mapped_column(String(43), default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its answer was given; a visit alone does not use it up."""


class AuthorizationCode(Base):
    """A code on its way through a browser (RFC 6749 section 4.1.2): one minute, one use, bound to all it
    was asked with.
    """

    __tablename__ = "authorization_codes"
    __table_args__ = (
        # those on their way are counted at each new one, however many have been redeemed
        Index("ix_authorization_codes_open", "grant_id", "redeemed_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"))
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
    resources: Mapped[list[str] | None] = mapped_column(default=None)
    """Whom access tokens may be for (RFC 8707); None for this portal only."""
    authorization_details: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """RFC 9396, as `{"details": [...]}`: what the person has agreed to."""
    dpop_jkt: Mapped[str | None] = mapped_column(String(43), default=None)
    """The only key that may redeem it (RFC 9449 section 10)."""
    family_id: Mapped[UUID | None] = mapped_column(default=None)
    """Of a hybrid answer, whose access token came with the code."""


class DeviceCode(Base):
    """A device that waits for somebody to allow it something at another screen (RFC 8628)."""

    __tablename__ = "device_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Keyed: a short code has few values."""
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(1000))
    resources: Mapped[list[str] | None] = mapped_column(default=None)
    claims: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """`pending`, `allowed`, `denied` or `redeemed`."""
    interval_seconds: Mapped[int] = mapped_column(default=5)
    last_polled_at: Mapped[datetime | None] = mapped_column(default=None)
    ip: Mapped[str | None] = mapped_column(String(45), default=None)
    """Where the device asked from, for the person who decides."""
    user_agent: Mapped[str | None] = mapped_column(String(200), default=None)
    grant_id: Mapped[UUID | None] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), default=None)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), default=None)
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), default=None
    )
    security_epoch: Mapped[int | None] = mapped_column(default=None)
    auth_time: Mapped[datetime | None] = mapped_column(default=None)
    amr: Mapped[list[str] | None] = mapped_column(default=None)
    acr: Mapped[str | None] = mapped_column(String(40), default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UsedId(Base):
    """An identifier that may come once: the `jti` of an assertion, of a DPoP proof, of a request object."""

    __tablename__ = "used_ids"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Of what it was used for, by whom, and the identifier itself."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
