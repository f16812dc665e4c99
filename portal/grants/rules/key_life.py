"""How long a signing key lives in each of its states."""

from datetime import datetime, timedelta
from typing import Final

STATES: Final = ("next", "active", "retired", "revoked")
PUBLISHED: Final = ("next", "active", "retired")
"""In the JWKS: clients know a key before it signs, and as long as anything that it signed may come back."""

ROTATE_AFTER: Final = timedelta(days=90)
KEEP_RETIRED: Final = timedelta(days=60)
"""An ID token comes back as `id_token_hint` long after it has expired (OpenID Connect RP-Initiated Logout 2)."""


def is_due_for_rotation(activated_at: datetime | None, *, at: datetime) -> bool:
    """Whether an active key has signed long enough."""
    return activated_at is not None and at >= activated_at + ROTATE_AFTER


def is_due_for_removal(retired_at: datetime | None, *, at: datetime) -> bool:
    """Whether nothing that a retired key signed can still matter."""
    return retired_at is not None and at >= retired_at + KEEP_RETIRED
