"""What stands behind an access token of a person: its family, all that this hangs on, and what was handed in for it."""

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import User
from portal.grants.models import TokenFamily
from portal.grants.repository.lives import Life
from portal.grants.rules.scopes import OFFLINE_ACCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessStanding:
    """What stands behind an access token of a person."""

    family: TokenFamily
    user: User
    life: Life
    is_revoked: bool
    parent: "AccessStanding | None" = None
    """What stands behind the token that was exchanged for this one."""
    actor: "AccessStanding | None" = None
    """What stands behind the token of whoever acts, if that is another person or app than its own."""

    def end_of(self, *, at: datetime) -> str | None:
        """Why the token counts no more; None while it does. One that was got by exchange ends with those that were
        handed in for it, which mind the session too.
        """
        if self.is_revoked or self.family.revoked_at is not None:
            return "revoked"
        is_first = self.parent is None
        end = self.life.end_of(
            begun_at=self.family.created_at,
            security_epoch=self.family.security_epoch,
            scope=self.family.scope if is_first else OFFLINE_ACCESS,
            at=at,
            needs_leave=is_first or not self.life.client_is_service,
        )
        before = (one.end_of(at=at) for one in (self.parent, self.actor) if one is not None)
        return end or next((one for one in before if one is not None), None)

    def session_lives(self, *, at: datetime) -> bool:
        """Whether the session that it came from is open, also where it needs none."""
        family = self.family
        end = self.life.end_of(
            begun_at=family.created_at, security_epoch=family.security_epoch, scope="", at=at
        )
        return end is None

    @property
    def is_offline(self) -> bool:
        """Whether what comes of the sign-in may outlive its session."""
        return OFFLINE_ACCESS in self.family.scope.split()

    @property
    def links(self) -> int:
        """How many exchanges lie behind it, on the longest way."""
        before = [one.links for one in (self.parent, self.actor) if one is not None]
        return 1 + max(before) if before else 0
