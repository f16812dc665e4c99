"""What a change would do to people, before it is saved: the very use case runs, and is undone."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NoReturn, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository.reach import Reaches
from portal.access.rules import ACCESS
from portal.access.rules.blast_radius import AppRule, Holdings, Person, Shift, State, in_order, shifts
from portal.access.services.concern import Concern, concern_of, meant_in, relevant_roles
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

MOST_PEOPLE: Final = 10_000
MOST_NAMES: Final = 50

AppRules: TypeAlias = Callable[[Session], Mapping[UUID, AppRule]]


@dataclass(frozen=True)
class Later:
    """When something moves that does not move at once: for one person this early, for the last one that late."""

    first: datetime
    last: datetime
    instead_of: datetime | None
    """Without the change it would have come then, or, of a gain, will come then; None where it never would, or not for
    all of them at the same time.
    """


@dataclass(frozen=True)
class Line:
    """One shift: whom it concerns, how many they are, the first of them by name, and when, unless at once. However
    many moments there are, they make one line.
    """

    shift: Shift
    count: int
    people: tuple[tuple[UUID, str], ...]
    later: Later | None = None

    @property
    def unnamed(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class BlastRadius:
    """Who gains and who loses what. Where `is_exact` is false, only the first 10,000 people of those whom the change
    concerns were looked at, and the counts are the least there are.
    """

    gains: tuple[Line, ...] = ()
    losses: tuple[Line, ...] = ()
    altered: tuple[Line, ...] = ()
    """Permitted under conditions before and after, but the conditions, or what they compare, differ."""
    gaining: int = 0
    losing: int = 0
    altering: int = 0
    """People with at least one line of each kind, each counted once."""
    people: int = 0
    """How many people gain, lose, or see conditions differ."""
    is_exact: bool = True
    refusal: DomainError | None = None
    """Why the change can't be made at all."""

    @property
    def is_empty(self) -> bool:
        return not (self.gains or self.losses or self.altered)


class _Undone(Exception):
    """Leaves a unit of work the way a mistake does, with what was found out."""

    def __init__(self, radius: BlastRadius) -> None:
        super().__init__()
        self.radius = radius


class _StepBack(Exception):
    """Leaves a savepoint the way a mistake does."""


def blast_radius(
    open_unit: Callable[[], UnitOfWork],
    change: Callable[[UnitOfWork], object],
    *,
    apps: AppRules | None = None,
    most: int = MOST_PEOPLE,
) -> BlastRadius:
    """Run `change` in a unit of work of its own, compare who could do what before and after, and undo everything: no
    row, no entry, no mail and no epoch stays. `apps` reads who may use which app.

    A refusal of the change is a result too. The number of statements does not depend on the number of people.
    """
    return undone(open_unit, lambda uow: _rehearse(uow, change, apps or _no_apps, most))


def undone(open_unit: Callable[[], UnitOfWork], rehearse: Callable[[UnitOfWork], BlastRadius]) -> BlastRadius:
    """What is found out in a unit of work of which nothing stays."""
    try:
        with open_unit() as uow:
            _leave(_Undone(rehearse(uow)))
    except _Undone as left:
        return left.radius


def _leave(by: Exception) -> NoReturn:
    raise by


def _no_apps(_session: Session) -> Mapping[UUID, AppRule]:
    return {}


def _rehearse(
    uow: UnitOfWork, change: Callable[[UnitOfWork], object], apps: AppRules, most: int
) -> BlastRadius:
    """The change happens in a savepoint; what was before is read once it is undone, in the same transaction."""
    uow.lock(ACCESS)
    session, reaches = uow.session, Reaches(uow.session, at=uow.now, most=most)
    before = _state(reaches, apps(session))
    after, concern, more_after = before, Concern(), False
    try:
        with session.begin_nested():
            change(uow)
            session.flush()
            after = _state(reaches, apps(session))
            concern = concern_of(uow.published, before, after, roles_of_groups=reaches.roles_of_groups)
            after, _, more_after = _with_people(after, reaches, concern, before)
            _leave(_StepBack())
    except _StepBack:
        pass
    except DomainError as refusal:
        return BlastRadius(refusal=refusal)
    before, kept, more_before = _with_people(before, reaches, concern, after)
    # who is concerned only before has lost what is deleted and nothing else; named people were shut out
    shut_out = {one.hex for one in concern.scope.people}
    out_of_reach = before.people.keys() - after.people.keys() - shut_out
    after = replace(after, people={**after.people, **{one: kept[one] for one in out_of_reach}})
    before, after = _same_people(before, after, most)
    found = shifts(before, after, concern.unsettled)
    return radius_from(found, reaches.labels, is_exact=not (more_before or more_after))


def _state(reaches: Reaches, apps: Mapping[UUID, AppRule]) -> State:
    permits = reaches.permits()
    return State(permits=permits, apps=apps, names=reaches.names(permits))


def _with_people(
    state: State, reaches: Reaches, concern: Concern, other: State
) -> tuple[State, Mapping[Person, Holdings], bool]:
    """The state with what the people hold in it whom the change concerns; what they keep of it without all that the
    change deletes; and whether there are more of them.
    """
    people = reaches.people(concern.scope)
    rules = [*state.apps.values(), *other.apps.values()]
    roles, groups = meant_in(state, other)
    held, kept = reaches.holdings(
        concern.scope,
        people,
        role_ids=relevant_roles(concern.touched and concern.touched | roles, state, other),
        group_ids={one for rule in rules for one in rule.group_ids} | groups,
        without=concern.gone,
    )
    return replace(state, people=held), kept, len(people) > reaches.most


def _same_people(before: State, after: State, most: int) -> tuple[State, State]:
    """Where there are too many, the same stretch of people on both sides: who was only cut off does not move."""
    full = [max(state.people) for state in (before, after) if len(state.people) > most]
    if not full:
        return before, after
    last = min(full)
    kept_before, kept_after = (
        {one: held for one, held in state.people.items() if one < last} for state in (before, after)
    )
    return replace(before, people=kept_before), replace(after, people=kept_after)


@dataclass(frozen=True)
class _Gathered:
    """One line to be: the shift as far as it is the same for all, the people, and every moment."""

    shift: Shift
    people: list[Person]
    later: Later | None


def _gathered(found: Mapping[Shift, list[Person]]) -> list[_Gathered]:
    """A group's members may each leave it on another day: what differs in nothing but the day is one line."""
    alike: dict[tuple[Shift, bool], list[Shift]] = defaultdict(list)
    for shift in in_order(found):
        alike[replace(shift, since=None, until=None), shift.since is not None].append(shift)
    return [
        _Gathered(shift, sorted({one for each in same for one in found[each]}), _later(same))
        for (shift, _), same in alike.items()
    ]


def _later(same: Collection[Shift]) -> Later | None:
    moments, untils = [one.since for one in same if one.since is not None], {one.until for one in same}
    if not moments:
        return None
    return Later(min(moments), max(moments), untils.pop() if len(untils) == 1 else None)


def radius_from(
    shifted: Mapping[Shift, list[Person]],
    called: Callable[[Collection[UUID]], Mapping[UUID, str]],
    *,
    is_exact: bool = True,
) -> BlastRadius:
    """Everything that moves, in lines; `called` says what people are called."""
    found = _gathered(shifted)
    named = {one for each in found for one in each.people[:MOST_NAMES]}
    labels = called({UUID(one) for one in named}) if named else {}
    lines = [
        Line(
            each.shift,
            len(each.people),
            tuple((UUID(one), labels.get(UUID(one), "")) for one in each.people[:MOST_NAMES]),
            each.later,
        )
        for each in found
    ]
    return BlastRadius(
        gains=tuple(line for line in lines if line.shift.is_gain),
        losses=tuple(line for line in lines if line.shift.is_loss),
        altered=tuple(line for line in lines if not (line.shift.is_gain or line.shift.is_loss)),
        gaining=_heads(each.people for each in found if each.shift.is_gain),
        losing=_heads(each.people for each in found if each.shift.is_loss),
        altering=_heads(each.people for each in found if not (each.shift.is_gain or each.shift.is_loss)),
        people=_heads(each.people for each in found),
        is_exact=is_exact,
    )


def _heads(lists: Iterable[list[Person]]) -> int:
    return len({one for people in lists for one in people})
