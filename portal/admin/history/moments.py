"""Moments as addresses of the time machine have them: absolute, in UTC, exact to the microsecond."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

EXAMPLE: Final = "Enter a date and time like 2026-11-23T10:30, in UTC"
_LONGEST: Final = 40


@dataclass(frozen=True)
class Moment:
    """What stands in a field for a moment, and which one that is, if it is one."""

    text: str = ""
    at: datetime | None = None
    problem: str = ""


def moment_in(args: Mapping[str, str], name: str, *, now: datetime) -> Moment:
    """Read one; nothing is no moment. What is still to come can't be looked at."""
    text = args.get(name, "").replace("\0", "").strip()[:_LONGEST]
    if not text:
        return Moment()
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return Moment(text, problem=EXAMPLE)
    if at > now:
        return Moment(text, problem="Choose a moment that has been: what is still to come is in no log")
    return Moment(text, at)


def in_address(at: datetime) -> str:
    """`2026-11-23T10:30:00.000001Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
