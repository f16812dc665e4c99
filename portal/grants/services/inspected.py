"""What is known of a token that somebody pasted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from portal.grants.repository.lineages import Lineage
from portal.grants.rules.token_forms import Form

TIMES: Final = ("iat", "nbf", "auth_time", "exp", "updated_at")
ENDS: Final = {
    "expired": "Its time is over.",
    "used": "It has been used.",
    "revoked": "It was revoked.",
    "family_revoked": "Everything that came of this sign-in was revoked.",
    "user_disabled": "The account is disabled.",
    "security_epoch": "The person signed out everywhere, or changed their password.",
    "grant_revoked": "The person or an operator has disconnected the app.",
    "client_disabled": "The app is disabled.",
    "access_lost": "The person may not use the app any more.",
    "session_ended": "The session that it came from is over.",
    "untrue": "It says that the person holds something that they don't hold any more.",
    "gone": "Nothing of it is kept any more.",
    "forged": "The portal never signed it.",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """Everything that can be said of one text. The text itself is not in here."""

    form: Form
    digest: str
    """The beginning of its SHA-256, by which two people can tell that they speak of the same token."""
    signature: str = "It has none."
    is_ours: bool | None = None
    """Whether the portal made it; None where that can't be told."""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    end: str | None = None
    """Why it is worth nothing now, as a code; None while it counts."""
    ended_at: datetime | None = None
    family_id: UUID | None = None
    lineage: Lineage | None = None

    @property
    def end_in_words(self) -> str:
        return ENDS.get(self.end or "", self.end or "")

    @property
    def times(self) -> list[tuple[str, datetime]]:
        """Those of its claims that are moments."""
        found = ((name, self.claims.get(name)) for name in TIMES)
        return [(name, at) for name, value in found if (at := moment_of(value)) is not None]


def moment_of(value: object) -> datetime | None:
    """A claim that counts seconds; None where it is none that a calendar has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
