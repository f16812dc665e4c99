"""What is stored of a code that people type: keyed, for so short a code has few values."""

import hmac
from typing import Final

from portal.infra.crypto.sealing import Sealer

PURPOSE: Final = "device user codes"


def user_code_digest(sealer: Sealer, code: str) -> bytes:
    """The same for the same code, and worth nothing without the master key."""
    return hmac.digest(sealer.derive(PURPOSE), code.encode(), "sha256")
