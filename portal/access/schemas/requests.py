"""What people send who ask for access, and those who answer."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from portal.access.rules.requests import Wanted, wanted
from portal.accounts.schemas import Input, OneLine

LAST_YEAR: Final = 2200
"""Beyond it a date is a slip of the finger."""


def _anything(text: object) -> Wanted:
    return _wanted(text, ("role", "group", "client"))


def _gift(text: object) -> Wanted:
    return _wanted(text, ("role", "group"))


def _wanted(text: object, types: tuple[str, ...]) -> Wanted:
    target = wanted(str(text), types=types)
    if target is None:
        raise ValueError("Choose something from the list")
    return target


def _end_of(value: object, info: ValidationInfo) -> datetime:
    """The last second of the day that was given, in UTC: who has something until Friday has it on Friday."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("Enter a date like 2031-12-24") from None
    today: date | None = (info.context or {}).get("today")
    if (today is not None and day < today) or day.year > LAST_YEAR:
        raise ValueError("Enter a day that is still to come")
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def _told(*types: str) -> WithJsonSchema:
    """As programs send it: a word for the kind of thing, and its id."""
    kinds = "|".join(types)
    return WithJsonSchema({
        "type": "string",
        "pattern": rf"^({kinds}):[0-9a-fA-F-]{{36}}$",
        "examples": [f"{types[0]}:01890a5d-ac96-774b-bcce-b302099a8057"],
    })  # fmt: skip


LastMoment = Annotated[
    datetime,
    BeforeValidator(_end_of),
    WithJsonSchema({"type": "string", "format": "date"}, mode="validation"),
]
Words = Annotated[str, Field(min_length=1, max_length=300), OneLine]
Target = Annotated[Wanted, BeforeValidator(_anything), _told("role", "group", "client")]
Holding = Annotated[Wanted, BeforeValidator(_gift), _told("role", "group")]
"""A role or a group: what people can be given, and hold."""


class AskForAccess(Input):
    """A wish for a role, a group or an app, and why."""

    thing: Target
    reason: Words
    wished_until: LastMoment | None = None
    reference: Annotated[str, Field(max_length=40), OneLine] | None = None


class ApproveRequest(Input):
    """A yes. `give` says which of the roles and groups that open an app; for the rest it follows from the request."""

    give: Holding | None = None
    until: LastMoment | None = None
    note: Words | None = None


class RefuseRequest(Input):
    """A no, and why: whoever asked reads it."""

    note: Words
