"""How long an account rests after wrong passwords. Pure."""

from typing import Final

MOST_FAILURES: Final = 100
"""In a row, after which only a recovery opens the account again (NIST SP 800-63B-4 section 3.2.2)."""
FIRST_PAUSE_SECONDS: Final = 30
LONGEST_PAUSE_SECONDS: Final = 3600


def pause_seconds(failures: int, *, allowed: int) -> int:
    """No rest for the first ones; from `allowed` on 30 seconds, doubling with each failure, up to an hour."""
    if failures < allowed:
        return 0
    return min(FIRST_PAUSE_SECONDS << min(failures - allowed, 16), LONGEST_PAUSE_SECONDS)
