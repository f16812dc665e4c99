"""Nonces that nobody stores: each is good in its window of time and in the next, on every node with the same key."""

import base64
import hmac
from datetime import datetime
from typing import Final

WINDOW_SECONDS: Final = 300
_BYTES: Final = 18


class Nonces:
    """What nobody can know before its window begins (RFC 9449 section 8)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def current(self, *, at: datetime) -> str:
        return self._of(_window(at))

    def is_good(self, nonce: str, *, at: datetime) -> bool:
        """Of this window or the one before: five minutes at least, ten at most."""
        window = _window(at)
        return any(
            hmac.compare_digest(self._of(good).encode(), nonce.encode()) for good in (window, window - 1)
        )

    def _of(self, window: int) -> str:
        digest = hmac.digest(self._key, f"nonce 1\n{window}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode()


def _window(at: datetime) -> int:
    return int(at.timestamp()) // WINDOW_SECONDS
