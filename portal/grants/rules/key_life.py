"""How long a signing key lives in each of its states."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

STATES: Final = ("next", "active", "retired", "revoked")
PUBLISHED: Final = ("next", "active", "retired")
"""In the JWKS: clients know a key before it signs, and as long as anything that it signed may come back."""

JWKS_LIFETIME: Final = timedelta(minutes=5)
"""How long the JWKS lets anybody go on with a copy of it (`Cache-Control`)."""
KNOWN_AFTER: Final = timedelta(hours=24)
"""How long a key is published before it signs by itself. Five minutes would do for everybody who heeds the headers;
there are libraries that look once a day.
"""
KEEP_AT_LEAST: Final = timedelta(days=30)
"""A retired key stays so long, however short lives are set by now."""
MARGIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """The spans by which keys change by themselves."""

    rotate_after: timedelta | None
    """How long a key signs; None where only people rotate."""
    keep_retired: timedelta
    """How long it still verifies."""

    @classmethod
    def of(cls, *, rotation_days: int, token_lives: tuple[timedelta, ...]) -> "KeyLife":
        """`token_lives` are of everything that a key may have signed, or that may still be shown beside it: an ID token
        comes back as `id_token_hint` as long as its session, or its chain of refresh tokens, lasts (RP-Initiated
        Logout 2).
        """
        return cls(
            rotate_after=timedelta(days=rotation_days) if rotation_days else None,
            keep_retired=max((*token_lives, KEEP_AT_LEAST)) + MARGIN,
        )

    def signs_from(self, next_since: datetime, *, active_since: datetime | None) -> datetime | None:
        """When the next key takes over by itself: once the active one has signed long enough, and everybody knows the
        next. At once where there is none that signs; None where only people rotate.
        """
        if active_since is None:
            return next_since
        if self.rotate_after is None:
            return None
        return max(active_since + self.rotate_after, next_since + KNOWN_AFTER)

    def goes_at(self, retired_at: datetime) -> datetime:
        """When nothing that a retired key signed can matter any more."""
        return retired_at + self.keep_retired


def is_too_fresh(published_at: datetime, *, at: datetime) -> bool:
    """Whether there may be apps that have never seen the key."""
    return at < published_at + KNOWN_AFTER
