"""What apps are told when a person leaves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base


class LogoutNotice(Base):
    """A logout token on its way to a client (OpenID Connect Back-Channel Logout 1.0); the outbox delivers it."""

    __tablename__ = "logout_notices"
    __table_args__ = (Index("ix_logout_notices_client_pk_id", "client_pk", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of its outbox message."""
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    session_id: Mapped[UUID | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
