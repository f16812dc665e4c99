"""Fields that the inputs of `access` share."""

import re
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, BeforeValidator, Field

from portal.access.rules import ACTIONS
from portal.accounts.schemas import OneLine

RESOURCE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._:-]*")
ROLE_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:/ -]*[A-Za-z0-9])?")
ATTRIBUTE_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
LARGEST_DOCUMENT_BYTES: Final = 4_000
MOST_ATTRIBUTES: Final = 40
LONGEST_TEXT: Final = 300
LAST_YEAR: Final = 2200
"""Beyond it a date is a slip of the finger."""


def _until(value: object) -> object:
    """A moment with its zone, or a day: who holds something until Friday holds it on Friday (UTC)."""
    moment = value if isinstance(value, datetime | None) else _read(str(value).strip())
    if moment is None:
        return None
    if moment.tzinfo is None or not 1970 < moment.year < LAST_YEAR:
        raise ValueError("Enter a day like 2031-12-24, or a moment with its zone like 2031-12-24T18:00Z")
    return moment.astimezone(UTC)


def _read(text: str) -> datetime | None:
    if not text:
        return None
    try:
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), time(23, 59, 59), tzinfo=UTC)
    except ValueError:
        raise ValueError("Enter a day like 2031-12-24") from None


def _role_name(name: str) -> str:
    if not ROLE_NAME.fullmatch(name):
        raise ValueError(
            "Use letters, digits, spaces, dots, hyphens, underscores, colons and slashes; begin and end with a "
            "letter or a digit"
        )
    return name


def _resource_name(name: str) -> str:
    if not RESOURCE_NAME.fullmatch(name):
        raise ValueError(
            "Use lower-case letters, digits, dots, hyphens, underscores and colons; begin with a letter or a digit"
        )
    return name


def _action(action: str) -> str:
    if action not in ACTIONS:
        raise ValueError(f"Choose one of {', '.join(ACTIONS)}")
    return action


def _document(value: object) -> object:
    """JSON as a form sends it, or what it says; an empty text is an empty document."""
    if isinstance(value, str | bytes):
        try:
            value = orjson.loads(value) if value.strip() else {}
        except orjson.JSONDecodeError:
            raise ValueError('Enter a JSON object like {"region": "north"}') from None
    return value


def _bounded(document: dict[str, Any]) -> dict[str, Any]:
    """Small, and flat enough that a condition can name what is in it."""
    try:
        size = len(orjson.dumps(document))
    except TypeError:
        raise ValueError("Use only texts, numbers, yes or no, and lists of them") from None
    if size > LARGEST_DOCUMENT_BYTES:
        raise ValueError(f"Use at most {LARGEST_DOCUMENT_BYTES:,} bytes in all")
    if len(document) > MOST_ATTRIBUTES:
        raise ValueError(f"Give at most {MOST_ATTRIBUTES} names")
    for name, value in document.items():
        if not ATTRIBUTE_NAME.fullmatch(name):
            raise ValueError(
                f"“{name[:40]}”: use lower-case letters, digits and underscores; begin with a letter"
            )
        if not all(_is_plain(one) for one in (value if isinstance(value, list) else [value])):
            raise ValueError(f"“{name}”: use a text, a number, yes or no, or a list of them")
    return document


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and "\0" not in value
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))


Until = Annotated[datetime | None, BeforeValidator(_until)]
"""When something ends by itself; None is never."""
Reason = Annotated[str, Field(max_length=LONGEST_TEXT), OneLine] | None
Description = Annotated[str, Field(max_length=LONGEST_TEXT), OneLine]
RoleName = Annotated[str, Field(min_length=1, max_length=50), OneLine, AfterValidator(_role_name)]
GroupName = Annotated[str, Field(min_length=1, max_length=100), OneLine]
ResourceName = Annotated[str, Field(min_length=1, max_length=100), OneLine, AfterValidator(_resource_name)]
ResourceType = Annotated[str, Field(min_length=1, max_length=30), OneLine, AfterValidator(_resource_name)]
Action = Annotated[str, Field(max_length=10), AfterValidator(_action)]
Document = Annotated[dict[str, Any], BeforeValidator(_document), AfterValidator(_bounded)]
"""Names and plain values."""
