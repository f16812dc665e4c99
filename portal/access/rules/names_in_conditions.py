"""Names of roles and groups in conditions. Whoever comes to one, leaves it, or holds it under another name may get
another answer for the same grants. Pure.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

ROLES: Final = "subject.roles"
GROUPS: Final = "subject.groups"
_OPEN: Final = ('"ref"', '"exists"')
"""With these in it, a condition may mean any of them."""


class Held(Protocol):
    """The roles and groups that somebody holds."""

    @property
    def roles(self) -> Collection[UUID]: ...
    @property
    def groups(self) -> Collection[UUID]: ...


@dataclass(frozen=True)
class Names:
    """What roles and groups are called, where any condition compares that."""

    roles: Mapping[UUID, str] = field(default_factory=dict)
    groups: Mapping[UUID, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.roles or self.groups)

    def of(self, held: Held) -> dict[str, frozenset[str]]:
        """What a condition would read, as far as it is known."""
        return {
            ROLES: frozenset(self.roles[one] for one in held.roles if one in self.roles),
            GROUPS: frozenset(self.groups[one] for one in held.groups if one in self.groups),
        }

    def meant_by(self, conditions: Collection[str]) -> tuple[frozenset[UUID], frozenset[UUID]]:
        """The roles, and the groups, that conditions (as canonical JSON) speak of."""
        return _meant(self.roles, ROLES, conditions), _meant(self.groups, GROUPS, conditions)


def compares(conditions: str, *attributes: str) -> bool:
    """Whether any of these attributes stands in the conditions."""
    return any(f'"{attribute}"' in conditions for attribute in attributes)


def turned(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """The names that stand on one side only, by attribute."""
    return {name: sorted(before[name] ^ after[name]) for name in before if before[name] != after[name]}


def may_turn(conditions: Iterable[str], names: Mapping[str, Collection[str]]) -> bool:
    """Whether any of the conditions speaks of one of the names."""
    return any(
        _speaks_of(text, attribute, name)
        for text in conditions
        for attribute, some in names.items()
        for name in some
    )


def _meant(called: Mapping[UUID, str], attribute: str, conditions: Collection[str]) -> frozenset[UUID]:
    return frozenset(
        one for one, name in called.items() if any(_speaks_of(text, attribute, name) for text in conditions)
    )


def _speaks_of(conditions: str, attribute: str, name: str) -> bool:
    return compares(conditions, attribute) and (
        json.dumps(name, ensure_ascii=False) in conditions or any(sign in conditions for sign in _OPEN)
    )
