"""What an operator wants a role to permit, as the matrix sends it: ticks for the resources that it showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from werkzeug.datastructures import MultiDict

from portal.access.repository import Permitted, Resource
from portal.access.rules import ACTIONS
from portal.access.rules.conditions import in_words
from portal.access.schemas import PermissionWish, SetPermissions

Place = tuple[UUID, str]
"""A resource and an action."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One check box; the rest is known of what is saved already."""

    action: str
    is_ticked: bool
    permission_id: UUID | None = None
    condition: str = ""
    """In words; empty where it is permitted always."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A resource of the matrix."""

    resource: Resource
    cells: tuple[Cell, ...]


def lines_of(
    resources: Iterable[Resource],
    permitted: Iterable[Permitted],
    ids: Mapping[Place, UUID],
    *,
    ticks: frozenset[Place] | None = None,
) -> list[Line]:
    """The matrix: as it is saved, or as somebody has ticked it."""
    saved = {(one.resource_id, one.action): one for one in permitted}
    ticked = saved.keys() if ticks is None else ticks
    return [
        Line(
            resource=resource,
            cells=tuple(
                Cell(
                    action=action,
                    is_ticked=(place := (resource.id, action)) in ticked,
                    permission_id=ids.get(place),
                    condition=_told(saved.get(place)),
                )
                for action in ACTIONS
            ),
        )
        for resource in resources
    ]


def ticks_of(sent: MultiDict[str, str]) -> frozenset[Place]:
    """What is ticked; anything that is no check box of the page is none."""
    found = (_place(text) for text in sent.getlist("grant"))
    return frozenset(place for place in found if place is not None)


def rows_of(sent: MultiDict[str, str]) -> frozenset[UUID]:
    """The resources that the page showed."""
    return frozenset(one for text in sent.getlist("row") if (one := _uuid(text)) is not None)


def wish_of(
    permitted: Sequence[Permitted], *, shown: frozenset[UUID], ticks: frozenset[Place]
) -> SetPermissions:
    """Everything that the role is to permit: as it is for what was not shown, as ticked for what was.

    A condition stays with its permission.
    """
    saved = {(one.resource_id, one.action): one for one in permitted}
    kept = [place for place in saved if place[0] not in shown]
    wanted = sorted(place for place in ticks if place[0] in shown)
    return SetPermissions(
        permissions=tuple(
            PermissionWish(
                resource_id=place[0],
                action=place[1],
                conditions=saved[place].conditions if place in saved else None,
            )
            for place in (*kept, *wanted)
        )
    )


def wish_with(
    permitted: Sequence[Permitted], place: Place, conditions: dict[str, object] | None
) -> SetPermissions:
    """The same as now but for the condition of one permission."""
    return SetPermissions(
        permissions=tuple(
            PermissionWish(
                resource_id=one.resource_id,
                action=one.action,
                conditions=conditions if (one.resource_id, one.action) == place else one.conditions,
            )
            for one in permitted
        )
    )


def _told(one: Permitted | None) -> str:
    return in_words(one.conditions) if one is not None and one.conditions else ""


def _place(text: str) -> Place | None:
    name, _, action = text.partition(":")
    resource_id = _uuid(name)
    return (resource_id, action) if resource_id is not None and action in ACTIONS else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
