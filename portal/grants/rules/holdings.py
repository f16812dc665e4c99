"""What a person holds, by every way: behind claims about access, and behind the leave to use an app."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from portal.grants.rules.claims import ACCESS_CLAIMS

MOST_NAMES: Final = 200
MOST_CHARACTERS: Final = 4_000
"""Of all such claims in one token together. Servers refuse header lines of 8,000 characters, and a token is one."""


class Way(NamedTuple):
    """One way by which a person holds a role, a group or a permission: given, through a group, by a role."""

    claim: str
    name: str
    ends_at: datetime | None
    opens: bool
    """Whether it lets the person use the app that was asked about."""


class Holdings:
    """What a person holds at a moment. Something held by several ways is held as long as any of them lasts."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self._ways = tuple(ways)

    def names(self, claim: str) -> list[str]:
        """The values of a claim, each once, in order."""
        return sorted({way.name for way in self._ways if way.claim == claim})

    def claims(self, names: Collection[str]) -> dict[str, list[str]]:
        """The named claims, for who asks for them one person at a time."""
        return {claim: self.names(claim) for claim in ACCESS_CLAIMS if claim in names}

    def for_token(self, names: Collection[str]) -> dict[str, list[str]]:
        """The same for a token, which travels in headers. A list that is too long is left out as a whole, for half
        a list would say that somebody does not hold the rest.
        """
        told: dict[str, list[str]] = {}
        room = MOST_CHARACTERS
        for claim, values in self.claims(names).items():
            characters = len(json.dumps(values))
            if len(values) <= MOST_NAMES and characters <= room:
                told[claim] = values
                room -= characters
        return told

    def bears_out(self, told: Mapping[str, Collection[str]]) -> bool:
        """Whether everything that a token says is still so."""
        return all(set(values) <= set(self.names(claim)) for claim, values in told.items())

    @property
    def opens(self) -> bool:
        """Whether any of it lets the person use the app."""
        return any(way.opens for way in self._ways)

    def end_of(self, claims: Collection[str], *, of_use: bool) -> datetime | None:
        """When the first thing in these claims ends, or (`of_use`) the leave to use the app; None for never."""
        held: dict[tuple[str, str], list[datetime | None]] = {}
        for way in self._ways:
            if way.claim in claims:
                held.setdefault((way.claim, way.name), []).append(way.ends_at)
        ends = [_last(ends) for ends in held.values()]
        if of_use:
            ends.append(_last([way.ends_at for way in self._ways if way.opens]))
        return first_of(*ends)


def first_of(*ends: datetime | None) -> datetime | None:
    """The earliest of some ends, of which None is never."""
    return min((end for end in ends if end is not None), default=None)


def _last(ends: list[datetime | None]) -> datetime | None:
    """The latest of some ends, of which None is never."""
    real = [end for end in ends if end is not None]
    return max(real) if len(real) == len(ends) and real else None
