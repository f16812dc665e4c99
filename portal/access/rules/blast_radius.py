"""Who can do more or less after a change: two states of the portal, compared as sets. Pure."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from portal.access.rules.permissions import ACTIONS

Reach: TypeAlias = Literal["no", "conditional", "yes"]
Key: TypeAlias = tuple[str, str]
"""Resource and action."""
Person: TypeAlias = str
"""The id of a person, as 32 digits: thousands of them are compared and sorted, and few ever named."""
Grants: TypeAlias = Mapping[Key, frozenset[str]]
"""Under which conditions, as canonical JSON, each action is permitted; `ALWAYS` among them means without any."""

ALWAYS: Final = ""
_STRENGTH: Final[Mapping[Reach, int]] = {"no": 0, "conditional": 1, "yes": 2}


def conditions_text(conditions: Mapping[str, Any] | None) -> str:
    """The same text for the same conditions, whatever the order of their keys."""
    return ALWAYS if conditions is None else json.dumps(conditions, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Holdings:
    """The roles that a person holds and the groups that they are in, as far as a change could matter."""

    roles: frozenset[UUID] = frozenset()
    groups: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class AppRule:
    """Who may use an app: everyone, or whoever holds one of the roles or is in one of the groups."""

    name: str
    for_everyone: bool = False
    role_ids: frozenset[UUID] = frozenset()
    group_ids: frozenset[UUID] = frozenset()

    def admits(self, held: Holdings) -> bool:
        return self.for_everyone or bool(self.role_ids & held.roles or self.group_ids & held.groups)


@dataclass(frozen=True)
class State:
    """What roles permit, which apps there are, and what the people hold whom a change concerns. Whoever is not among
    the people can do nothing (any more, or yet).
    """

    permits: Mapping[UUID, Grants] = field(default_factory=dict)
    apps: Mapping[UUID, AppRule] = field(default_factory=dict)
    people: Mapping[Person, Holdings] = field(default_factory=dict)


@dataclass(frozen=True)
class Unsettled:
    """What conditions compare and what a change touches: their answer may be another one for the same grants."""

    people: Collection[Person] = frozenset()
    resources: Collection[str] = frozenset()


@dataclass(frozen=True, order=True)
class Shift:
    """How one thing moves for some people. `action` is `admin` where all actions move together, and empty for an app.

    From `conditional` to `conditional`: the conditions, or what they compare, differ.
    """

    what: str
    action: str
    before: Reach
    after: Reach

    @property
    def is_gain(self) -> bool:
        return _STRENGTH[self.after] > _STRENGTH[self.before]

    @property
    def is_loss(self) -> bool:
        return _STRENGTH[self.after] < _STRENGTH[self.before]

    @property
    def is_app(self) -> bool:
        return not self.action


def shifts(before: State, after: State, unsettled: Unsettled | None = None) -> dict[Shift, list[Person]]:
    """Every shift with the people whom it concerns, in the order of their ids.

    People who hold the same before and after are looked at once, so the work grows with the ways of holding things
    and hardly with the number of people.
    """
    unsettled = unsettled or Unsettled()
    nothing = Holdings()
    alike: dict[tuple[Holdings | None, Holdings | None, bool], list[Person]] = defaultdict(list)
    for person in sorted({*before.people, *after.people}):
        sides = before.people.get(person), after.people.get(person)
        alike[(*sides, person in unsettled.people)].append(person)
    found: dict[Shift, list[Person]] = defaultdict(list)
    for (held, holds, is_unsettled), people in alike.items():
        old = _grants(before, held or nothing)
        new = _grants(after, holds or nothing)
        moved = [
            *_moves(old, new, is_unsettled=is_unsettled, unsettled=unsettled.resources),
            *_app_moves(before, held, after, holds),
        ]
        for shift in moved:
            found[shift].extend(people)
    return {shift: sorted(people) for shift, people in found.items()}


def _grants(state: State, held: Holdings) -> dict[Key, frozenset[str]]:
    """Everything that the roles permit together; `admin` permits every other action."""
    merged: dict[Key, set[str]] = defaultdict(set)
    for role_id in held.roles:
        for (resource, action), conditions in state.permits.get(role_id, {}).items():
            for implied in ACTIONS if action == "admin" else (action,):
                merged[resource, implied] |= conditions
    return {
        key: frozenset({ALWAYS}) if ALWAYS in found else frozenset(found) for key, found in merged.items()
    }


def _moves(old: Grants, new: Grants, *, is_unsettled: bool, unsettled: Collection[str]) -> Iterable[Shift]:
    by_resource: dict[str, list[Shift]] = defaultdict(list)
    for resource, action in sorted({*old, *new}):
        one, other = old.get((resource, action)), new.get((resource, action))
        shift = Shift(resource, action, _reach(one), _reach(other))
        doubtful = shift.after == "conditional" and (is_unsettled or resource in unsettled)
        if one != other or (doubtful and shift.before == "conditional"):
            by_resource[resource].append(shift)
    for moved in by_resource.values():
        sides = {(shift.before, shift.after) for shift in moved}
        whole = len(moved) == len(ACTIONS) and len(sides) == 1
        yield from (shift for shift in moved if not whole or shift.action == "admin")


def _app_moves(before: State, held: Holdings | None, after: State, holds: Holdings | None) -> Iterable[Shift]:
    for app_id in {*before.apps, *after.apps}:
        old, new = before.apps.get(app_id), after.apps.get(app_id)
        could = held is not None and old is not None and old.admits(held)
        can = holds is not None and new is not None and new.admits(holds)
        if could != can:
            name = (new or old or AppRule("")).name
            yield Shift(name, "", "yes" if could else "no", "yes" if can else "no")


def _reach(conditions: frozenset[str] | None) -> Reach:
    if not conditions:
        return "no"
    return "yes" if ALWAYS in conditions else "conditional"


def in_order(found: Iterable[Shift]) -> Sequence[Shift]:
    """Permissions before apps, by name, and the actions as they are always listed."""
    place = {action: number for number, action in enumerate(ACTIONS)}
    return sorted(
        found, key=lambda one: (one.is_app, one.what, place.get(one.action, -1), one.before, one.after)
    )
