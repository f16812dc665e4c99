"""What in an entry is personal, and whose it is. Pure, and the same when it is written as when it is read."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

USER: Final = "user"
PEOPLE: Final = frozenset({USER, "session", "sign_up", "identifier", "mail"})
"""Types of rows whose label tells of a person: a name, an address, a device."""
MEANS: Final = "by_token"
"""Type of the row that stands for the token by which somebody acted: an entry is found by it, and is not about it."""
ERASED: Final = "erased person"

# What the code gives as a reason says nothing of anybody, and is asked for; whatever a person has typed is sealed.
_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+")
_SINGLE_CODES: Final = frozenset({"disabled", "disconnected", "locked", "old", "replaced"})


def strangers_of(moment: datetime) -> UUID:
    """In whose name values of nobody we know are sealed: all strangers of one month (UTC), written in the id."""
    month = moment.astimezone(UTC)
    return UUID(f"00000000-0000-8000-8000-{month.year:08}{month.month:04}")


def owner_of_actor(kind: str, actor_id: UUID | None, user_id: UUID | None, *, at: datetime) -> UUID:
    """Whose name, address and browser the entry holds: the person's who acted; a visitor's belong to the account they
    came to.
    """
    if kind == USER and actor_id is not None:
        return actor_id
    return user_id or strangers_of(at)


def owner_of_facts(user_id: UUID | None, *, at: datetime) -> UUID:
    """Whom before, after, details and reason speak of."""
    return user_id or strangers_of(at)


def owner_of_label(
    resource_type: str, resource_id: UUID, user_id: UUID | None, *, at: datetime
) -> UUID | None:
    """Whose name a touched row's label is; None where it names no person."""
    if resource_type == USER:
        return resource_id
    return owner_of_facts(user_id, at=at) if resource_type in PEOPLE else None


def speaks_of_a_person(types: Iterable[str]) -> bool:
    """Whether the facts of an entry that touched rows of these types are personal. What touched nothing might be."""
    known = set(types)
    return not known or not known.isdisjoint(PEOPLE)


def is_code(reason: str) -> bool:
    """Whether a reason is one of the portal's own words."""
    return reason in _SINGLE_CODES or _CODE.fullmatch(reason) is not None
