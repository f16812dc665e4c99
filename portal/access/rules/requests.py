"""Requests for access, as pure questions: how many are bearable, and who may give what."""

from collections.abc import Collection
from typing import Final, Literal, NamedTuple
from uuid import UUID

from portal.access.rules.permissions import PORTAL_RESOURCES, PermissionSet, permits

TargetType = Literal["role", "group", "client"]

MOST_OPEN_REQUESTS: Final = 10
"""Open requests of one person: who needs more at once is better helped by a word to an administrator."""
MOST_MAILS: Final = 10
"""People who are told of one request or one review."""

WAITING_COUNTS: Final = "access:waiting:"
"""How the keys begin under which doors keep how many requests wait for whom."""


class Wanted(NamedTuple):
    """Something that people ask for, or whose holders are reviewed: a kind of thing, and which."""

    type: TargetType
    id: UUID

    def __str__(self) -> str:
        """As forms and addresses carry it."""
        return f"{self.type}:{self.id}"


def wanted(text: str, *, types: Collection[str] = ("role", "group", "client")) -> Wanted | None:
    """What a text like `role:0190…` names, or None if it names nothing of these types."""
    kind, _, given = text.partition(":")
    if kind not in types:
        return None
    try:
        return Wanted(kind, UUID(given))  # type: ignore[arg-type]  # one of them, as was just asked
    except ValueError:
        return None


def within(own: PermissionSet, given: PermissionSet, *, is_delegate: bool) -> bool:
    """Whether somebody who may do `own` may decide that another may do all of `given`.

    The portal's own rooms: only who may do the same. What belongs to apps: also who decides about all permissions, or
    was made a delegate for just this.
    """
    decides = is_delegate or permits(own, "admin", "permission")
    return all(
        permits(own, action, resource) or (decides and resource not in PORTAL_RESOURCES)
        for resource, action in given
    )
