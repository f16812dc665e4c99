"""Comparing two states as sets finds what looking at every person and every action one by one would find."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.access.rules.blast_radius import (
    ALWAYS,
    AppRule,
    Holdings,
    Key,
    Person,
    Reach,
    Shift,
    State,
    conditions_text,
    in_order,
    shifts,
)
from portal.access.rules.permissions import ACTIONS

ROLES = [UUID(int=number) for number in range(1, 4)]
GROUPS = [UUID(int=number) for number in range(11, 13)]
PEOPLE = [UUID(int=number).hex for number in range(21, 25)]
APPS = [UUID(int=number) for number in range(31, 33)]
RESOURCES = ("dock", "ship")

conditions = st.sampled_from([frozenset({ALWAYS}), frozenset({"a"}), frozenset({"b"})])
grants = st.dictionaries(
    st.tuples(st.sampled_from(RESOURCES), st.sampled_from(ACTIONS)), conditions, max_size=4
)
held = st.builds(Holdings, st.frozensets(st.sampled_from(ROLES)), st.frozensets(st.sampled_from(GROUPS)))
rules = st.builds(
    AppRule,
    st.just("App"),
    for_everyone=st.booleans(),
    role_ids=st.frozensets(st.sampled_from(ROLES), max_size=2),
    group_ids=st.frozensets(st.sampled_from(GROUPS), max_size=1),
)
states = st.builds(
    State,
    permits=st.dictionaries(st.sampled_from(ROLES), grants),
    apps=st.dictionaries(st.sampled_from(APPS), rules),
    people=st.dictionaries(st.sampled_from(PEOPLE), held),
)


DAYS = [datetime(2026, 12, day, tzinfo=UTC) for day in range(1, 4)]


@st.composite
def ending(draw: st.DrawFn) -> Holdings:
    """Some of what is held ends on some day."""
    known = draw(held)
    ends = draw(st.dictionaries(st.sampled_from([*ROLES, *GROUPS]), st.sampled_from(DAYS)))
    return Holdings(
        known.roles,
        known.groups,
        frozenset((one, end) for one, end in ends.items() if one in known.roles | known.groups),
    )


def reach(state: State, person: Person, key: Key) -> tuple[Reach, frozenset[str]]:
    """The obvious way: look at every role of the person."""
    resource, action = key
    found: set[str] = set()
    for role in state.people.get(person, Holdings()).roles:
        for (where, what), under in state.permits.get(role, {}).items():
            if where == resource and what in {action, "admin"}:
                found |= under
    if ALWAYS in found:
        return "yes", frozenset()
    return ("conditional", frozenset(found)) if found else ("no", frozenset())


def may_use(state: State, person: Person, app: UUID) -> bool:
    rule, who = state.apps.get(app), state.people.get(person)
    if rule is None or who is None:
        return False
    return (
        rule.for_everyone
        or any(one in who.roles for one in rule.role_ids)
        or bool(rule.group_ids & who.groups)
    )


def slowly(before: State, after: State) -> dict[tuple[str, str, Reach, Reach], list[Person]]:
    found: dict[tuple[str, str, Reach, Reach], list[Person]] = defaultdict(list)
    for person in PEOPLE:
        for resource in RESOURCES:
            for action in ACTIONS:
                old, new = (reach(state, person, (resource, action)) for state in (before, after))
                if old != new:
                    found[resource, action, old[0], new[0]].append(person)
        for app in APPS:
            could, can = may_use(before, person, app), may_use(after, person, app)
            if could != can:
                found["App", "", "yes" if could else "no", "yes" if can else "no"].append(person)
    return found


def unfolded(
    found: dict[Shift, list[Person]], whole: set[tuple[Person, str]]
) -> dict[tuple[str, str, Reach, Reach], list[Person]]:
    """A move of everything at once, told action by action again."""
    every: dict[tuple[str, str, Reach, Reach], list[Person]] = defaultdict(list)
    for shift, people in found.items():
        for person in people:
            folded = shift.action == "admin" and (person, shift.what) in whole
            for action in ACTIONS if folded else (shift.action,):
                every[shift.what, action, shift.before, shift.after].append(person)
    return every


def moves_whole(before: State, after: State) -> set[tuple[Person, str]]:
    """Where all actions on a resource move in the same way for a person."""
    found = set()
    for person in PEOPLE:
        for resource in RESOURCES:
            sides = [
                (reach(before, person, (resource, action)), reach(after, person, (resource, action)))
                for action in ACTIONS
            ]
            if all(old != new for old, new in sides) and len({(old[0], new[0]) for old, new in sides}) == 1:
                found.add((person, resource))
    return found


@given(before=states, after=states)
def test_sets_and_single_looks_agree(before: State, after: State) -> None:
    found = unfolded(shifts(before, after), moves_whole(before, after))
    assert {key: sorted(people) for key, people in found.items()} == {
        key: sorted(people) for key, people in slowly(before, after).items()
    }


def on(state: State, day: datetime) -> State:
    """What is left of it on that day."""
    return State(state.permits, state.apps, {one: held.at(day) for one, held in state.people.items()})


@given(
    permits=st.dictionaries(st.sampled_from(ROLES), grants),
    after_permits=st.dictionaries(st.sampled_from(ROLES), grants),
    sides=st.tuples(ending(), ending()),
)
def test_the_first_day_that_differs_is_told_and_the_day_on_which_it_is_over(
    permits: dict[UUID, dict[Key, frozenset[str]]],
    after_permits: dict[UUID, dict[Key, frozenset[str]]],
    sides: tuple[Holdings, Holdings],
) -> None:
    maya = PEOPLE[0]
    before, after = State(permits, people={maya: sides[0]}), State(after_permits, people={maya: sides[1]})
    expected: dict[tuple[str, str], tuple[datetime | None, datetime | None, Reach, Reach]] = {}
    days = [DAYS[0] - timedelta(days=1), *DAYS]
    for key in ((resource, action) for resource in RESOURCES for action in ACTIONS):
        looks = [(day, reach(on(before, day), maya, key), reach(on(after, day), maya, key)) for day in days]
        first = next(((day, one, other) for day, one, other in looks if one != other), None)
        if first is not None:
            day, one, other = first
            over = next((later for later, one, other in looks if later > day and one == other), None)
            at_once = day == days[0]
            expected[key] = (None, None, one[0], other[0]) if at_once else (day, over, one[0], other[0])
    found: dict[tuple[str, str], tuple[datetime | None, datetime | None, Reach, Reach]] = {}
    for shift in shifts(before, after):
        moved = (shift.since, shift.until, shift.before, shift.after)
        whole = (
            shift.action == "admin"
            and all(expected[shift.what, each] == moved for each in ACTIONS if (shift.what, each) in expected)
            and all((shift.what, each) in expected for each in ACTIONS)
        )
        for action in ACTIONS if whole else (shift.action,):
            found[shift.what, action] = moved
    assert found == expected


@given(state=states)
def test_nothing_moves_where_nothing_changes(state: State) -> None:
    assert shifts(state, state) == {}


@given(before=states, after=states)
def test_what_one_way_gains_the_other_way_loses(before: State, after: State) -> None:
    there, back = shifts(before, after), shifts(after, before)
    assert {(one.what, one.action, one.before, one.after): people for one, people in there.items()} == {
        (one.what, one.action, one.after, one.before): people for one, people in back.items()
    }
    assert {one.what for one in there if one.is_gain} == {one.what for one in back if one.is_loss}


def test_the_order_of_keys_makes_no_other_condition() -> None:
    assert conditions_text({"all": [], "x": {"b": 1, "a": 2}}) == conditions_text(
        {"x": {"a": 2, "b": 1}, "all": []}
    )
    assert conditions_text(None) == ALWAYS


def test_permissions_come_before_apps_and_actions_in_their_order() -> None:
    given_shifts = [
        Shift("Wiki", "", "no", "yes"),
        Shift("ship", "admin", "no", "yes"),
        Shift("ship", "create", "no", "yes"),
        Shift("dock", "read", "yes", "no"),
    ]
    assert [(one.what, one.action) for one in in_order(given_shifts)] == [
        ("dock", "read"),
        ("ship", "create"),
        ("ship", "admin"),
        ("Wiki", ""),
    ]
