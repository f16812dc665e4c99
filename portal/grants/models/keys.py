"""The keys of the issuer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base
from portal.infra.events import Ref
from portal.infra.ids import new_id


class SigningKey(Base):
    """A key of the issuer. `next` is published but not used, `active` signs, `retired` still verifies,
    `revoked` is gone from the JWKS. The private half is there as long as it may sign, and no longer.
    """

    __tablename__ = "signing_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=new_id)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    algorithm: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_key: Mapped[str] = mapped_column(String(8000))
    signer: Mapped[str] = mapped_column(String(20), default="database", server_default=text("'database'"))
    """Who holds the private half: `database` (sealed in this row), or the name of another signer."""
    signer_ref: Mapped[str | None] = mapped_column(String(300), default=None)
    """What that one calls the key."""
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
        self.state, self.retired_at, self.sealed_private_key = "retired", at, ""

    def revoke(self, *, at: datetime) -> None:
        """Nothing that it signed counts any more, and its private half is forgotten."""
        self.state, self.revoked_at, self.sealed_private_key = "revoked", at, ""
