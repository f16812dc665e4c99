"""Who learns that a person leaves: the apps that a session signed in to, and what they are told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base


class SessionClient(Base):
    """A session signed its person in to a client that wants to know when the session ends.

    Codes and token families are swept long before a session ends; this stays as long as the session's row does.
    """

    __tablename__ = "session_clients"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    client_pk: Mapped[UUID] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]


class LogoutNotice(Base):
    """A logout token on its way to a client (OpenID Connect Back-Channel Logout 1.0); the outbox delivers it."""

    __tablename__ = "logout_notices"
    __table_args__ = (Index("ix_logout_notices_client_pk_id", "client_pk", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of its outbox message."""
    client_pk: Mapped[UUID] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    session_id: Mapped[UUID | None] = mapped_column(default=None)
    """None where everything of the person ends, whatever session it came from."""
    created_at: Mapped[datetime]
