"""Places in a list, as they travel: opaque, authenticated, and good only for the question that they came from."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import orjson
from pydantic import BaseModel

from portal.http.context import current_portal
from portal.infra.crypto.sealing import SealBroken
from portal.infra.errors import Invalid

Direction = Literal["before", "after"]
_NOT_ASKED: Final = {"cursor", "limit", "fields"}
"""What may differ from page to page."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From where the list goes on: `before` a place towards older ones, `after` one back towards newer ones."""

    before: str = ""
    after: str = ""


def cursor_for(direction: Direction, place: object, *, operation: str, query: BaseModel) -> str:
    """The cursor that leads on from a place."""
    packed = orjson.dumps([direction, str(place)])
    return current_portal().ports.sealer.seal(packed, _context(operation, query))


def turn_of(cursor: str | None, *, operation: str, query: BaseModel) -> Turn:
    """Where the cursor leads.

    Raises:
        Invalid: it is none of ours, or was given for another question.
    """
    if cursor is None:
        return Turn()
    try:
        opened = current_portal().ports.sealer.open(cursor, _context(operation, query))
    except SealBroken:
        raise Invalid(
            "The cursor is none of this list's, or the filters have changed since it was given. Begin without one.",
            field="cursor", code="cursor_unknown",
        ) from None  # fmt: skip
    direction, place = orjson.loads(opened)
    return Turn(after=place) if direction == "after" else Turn(before=place)


def _context(operation: str, query: BaseModel) -> str:
    asked = query.model_dump(mode="json", exclude=_NOT_ASKED)
    digest = hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    return f"api|cursor|{operation}|{digest}"
