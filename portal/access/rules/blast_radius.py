"""Who can do more or less after a change, at once or once something ends: two states of the portal, compared as sets.

What is held only ever ends by itself, and at known moments. So two states that permit the same now are compared again
at each of them. Pure.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from portal.access.rules.names_in_conditions import Names, may_turn, turned
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


def conditions_in(permits: Mapping[UUID, Grants]) -> frozenset[str]:
    """All conditions under which anything is permitted."""
    return frozenset().union(*(some for grants in permits.values() for some in grants.values())) - {ALWAYS}


@dataclass(frozen=True)
class Holdings:
    """The roles that a person holds and the groups that they are in, as far as a change could matter."""

    roles: frozenset[UUID] = frozenset()
    groups: frozenset[UUID] = frozenset()
    ends: frozenset[tuple[UUID, datetime]] = frozenset()
    """When the last way ends in which one of them is held; what is not among these is held for good."""

    def at(self, moment: datetime | None) -> "Holdings":
        """What is left of it then; at no moment, all of it."""
        over = {one for one, end in self.ends if moment is not None and end <= moment}
        return Holdings(self.roles - over, self.groups - over)


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
    names: Names = field(default_factory=Names)


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
    since: datetime | None = None
    """Until then both sides permit the same; None where they differ at once."""
    until: datetime | None = None
    """From then on both sides permit the same again, where they differ from a later moment on."""

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
    """Every shift with the people whom it concerns, in the order of their ids. What differs at once is told as that,
    and not again for later.

    People who hold the same before and after are looked at once, so the work grows with the ways of holding things
    and hardly with the number of people.
    """
    compared = _Compared(before, after, unsettled or Unsettled())
    alike: dict[tuple[Holdings | None, Holdings | None, bool], list[Person]] = defaultdict(list)
    for person in sorted({*before.people, *after.people}):
        sides = before.people.get(person), after.people.get(person)
        alike[(*sides, person in compared.unsettled.people)].append(person)
    found: dict[Shift, list[Person]] = defaultdict(list)
    for (held, holds, is_unsettled), people in alike.items():
        for shift in compared.ever(held, holds, is_unsettled=is_unsettled):
            found[shift].extend(people)
    return {shift: sorted(people) for shift, people in found.items()}


class _Compared:
    """The two states beside each other. What was looked at once is remembered: few things are held in many ways."""

    def __init__(self, before: State, after: State, unsettled: Unsettled) -> None:
        self.before, self.after, self.unsettled = before, after, unsettled
        self._known: dict[tuple[Holdings | None, Holdings | None, bool], dict[Key | UUID, Shift]] = {}

    def ever(self, held: Holdings | None, holds: Holdings | None, *, is_unsettled: bool) -> Sequence[Shift]:
        """What differs now, and what will."""
        at_once = self._at(None, held, holds, is_unsettled=is_unsettled)
        later: dict[Key | UUID, Shift] = {}
        for moment in _moments(held, holds):
            then = self._at(moment, held, holds)
            for key, shift in later.items():
                if key not in then and shift.until is None:
                    later[key] = replace(shift, until=moment)
            for key in then.keys() - at_once.keys() - later.keys():
                later[key] = replace(then[key], since=moment)
        return _folded([*at_once.values(), *later.values()])

    def _at(
        self,
        moment: datetime | None,
        held: Holdings | None,
        holds: Holdings | None,
        *,
        is_unsettled: bool = False,
    ) -> Mapping[Key | UUID, Shift]:
        """What differs at that moment: each action on a resource, each app by its id."""
        sides = held and held.at(moment), holds and holds.at(moment)
        known = self._known.get((*sides, is_unsettled))
        if known is None:
            known = {
                **self._moves(*(side or Holdings() for side in sides), is_unsettled=is_unsettled),
                **self._app_moves(*sides),
            }
            self._known[(*sides, is_unsettled)] = known
        return known

    def _moves(self, held: Holdings, holds: Holdings, *, is_unsettled: bool) -> dict[Key | UUID, Shift]:
        old, new = _grants(self.before, held), _grants(self.after, holds)
        names = turned(self.before.names.of(held), self.after.names.of(holds))
        found: dict[Key | UUID, Shift] = {}
        for resource, action in {*old, *new}:
            one, other = old.get((resource, action)), new.get((resource, action))
            shift = Shift(resource, action, _reach(one), _reach(other))
            doubtful = shift.after == "conditional" and (
                is_unsettled or resource in self.unsettled.resources or may_turn(other or (), names)
            )
            if one != other or (doubtful and shift.before == "conditional"):
                found[resource, action] = shift
        return found

    def _app_moves(self, held: Holdings | None, holds: Holdings | None) -> dict[Key | UUID, Shift]:
        found: dict[Key | UUID, Shift] = {}
        for app_id in {*self.before.apps, *self.after.apps}:
            old, new = self.before.apps.get(app_id), self.after.apps.get(app_id)
            could = held is not None and old is not None and old.admits(held)
            can = holds is not None and new is not None and new.admits(holds)
            if could != can:
                name = (new or old or AppRule("")).name
                found[app_id] = Shift(name, "", "yes" if could else "no", "yes" if can else "no")
        return found


def _moments(held: Holdings | None, holds: Holdings | None) -> Sequence[datetime]:
    return sorted({end for side in (held, holds) if side is not None for _, end in side.ends})


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


def _folded(moved: Iterable[Shift]) -> Sequence[Shift]:
    """All actions on a resource that move in the same way at the same time are told as one: `admin`."""
    together: dict[tuple[str, Reach, Reach, datetime | None, datetime | None], list[Shift]] = defaultdict(
        list
    )
    for one in moved:
        together[one.what if not one.is_app else "", one.before, one.after, one.since, one.until].append(one)
    found: list[Shift] = []
    for alike in together.values():
        is_whole = {one.action for one in alike} == set(ACTIONS)
        found += [one for one in alike if not is_whole or one.action == "admin"]
    return found


def _reach(conditions: frozenset[str] | None) -> Reach:
    if not conditions:
        return "no"
    return "yes" if ALWAYS in conditions else "conditional"


def in_order(found: Iterable[Shift]) -> Sequence[Shift]:
    """Permissions before apps, by name, and the actions as they are always listed."""
    place = {action: number for number, action in enumerate(ACTIONS)}
    return sorted(
        found,
        key=lambda one: (
            one.is_app,
            one.what,
            place.get(one.action, -1),
            one.since is not None,
            one.before,
            one.after,
        ),
    )
