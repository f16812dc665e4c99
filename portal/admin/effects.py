"""What a change would do to people, in words: the change is rehearsed and undone, and who could do what is compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.access.rules.blast_radius import Reach, Shift
from portal.access.services.blast_radius import BlastRadius, Later, Line
from portal.http.effects import radius_of
from portal.infra.unit_of_work import UnitOfWork

_REACH: Final[dict[Reach, str]] = {"no": "not", "conditional": "under a condition", "yes": "always"}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One thing that some people can do more or less."""

    what: str
    how: str
    later: Later | None
    """When, unless at once."""
    count: int
    people: tuple[tuple[UUID, str], ...]
    """The first of them, by name."""
    unnamed: int


@dataclass(frozen=True, kw_only=True)
class Effect:
    """All of it. `gaining`, `losing` and `altering` are people, each counted once; where `is_exact` is false, the least
    there are.
    """

    gains: tuple[Moved, ...]
    losses: tuple[Moved, ...]
    altered: tuple[Moved, ...]
    gaining: int
    losing: int
    altering: int
    is_exact: bool

    @property
    def is_empty(self) -> bool:
        return not (self.gains or self.losses or self.altered)


def effect_of(change: Callable[[UnitOfWork], object]) -> Effect:
    """Nothing of the change stays.

    Raises:
        DomainError: why the change can't be made at all.
    """
    return told(radius_of(change))


def told(radius: BlastRadius) -> Effect:
    """What was found out, in words."""
    return Effect(
        gains=_moved(radius.gains),
        losses=_moved(radius.losses),
        altered=_moved(radius.altered),
        gaining=radius.gaining,
        losing=radius.losing,
        altering=radius.altering,
        is_exact=radius.is_exact,
    )


def _moved(lines: Iterable[Line]) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            what=_what(line.shift),
            how=_how(line.shift),
            later=line.later,
            count=line.count,
            people=line.people,
            unnamed=line.unnamed,
        )
        for line in lines
    )


def _what(shift: Shift) -> str:
    return f"use {shift.what}" if shift.is_app else f"{shift.action} {shift.what}"


def _how(shift: Shift) -> str:
    if shift.before == shift.after:
        return "under another condition than before"
    if "conditional" not in {shift.before, shift.after}:
        return ""
    return f"{_REACH[shift.before]} before, {_REACH[shift.after]} after"
