"""The one resolver: whether somebody may do something, why, what would change it, and when it changes by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portal.access.rules.conditions import (
    Context,
    Trace,
    TurningPoints,
    Value,
    evaluate,
    in_words,
    size_of,
    turning_points,
)
from portal.access.rules.decisions.compiled import Compiled, Grant, Way
from portal.access.rules.decisions.decision import (
    Asked,
    Considered,
    Decision,
    Outcome,
    Reason,
    Remedy,
    Step,
)

MOST_TOLD: Final = 50
MOST_COMPARISONS: Final = 20_000
"""How much may be compared to find out when an answer changes; some 50 ms."""
DAYS_AHEAD: Final = 8
"""A week, so that every time of day has met every weekday, and one day more for the time zones."""

_ORDER: Final[Mapping[Outcome, int]] = {"granted": 0, "not_met": 1, "unknown": 2, "ended": 3}
_OUTCOMES: Final[Mapping[bool | None, Outcome]] = {True: "granted", False: "not_met", None: "unknown"}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The person that is asked about. `attributes` is what conditions may compare, by the name after the dot."""

    id: str
    label: str
    is_active: bool
    attributes: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A role that would permit it."""

    role_id: str
    role: str
    is_requestable: bool
    is_conditional: bool


@dataclass(frozen=True, kw_only=True)
class Question:
    """May `subject` do `action` on `resource`, in that context?"""

    subject: Subject
    action: str
    resource: str
    context: Context
    resource_id: str | None = None
    """None where nothing has that name."""


def decide(question: Question, compiled: Compiled, *, offers: Sequence[Offer] = ()) -> Decision:
    """The answer that `Compiled.permits` gives, with its reasons. `compiled` may hold ways that have ended."""
    considered = sorted(_consider(question, compiled), key=_rank)
    granted = considered[0] if considered and considered[0].outcome == "granted" else None
    is_permitted = granted is not None and question.subject.is_active
    return Decision(
        asked=_asked(question),
        permitted=is_permitted,
        reason=_reason(question, considered),
        path=_path(question, granted) if granted is not None and is_permitted else (),
        considered=tuple(considered[:MOST_TOLD]),
        left_out=max(0, len(considered) - MOST_TOLD),
        remedies=() if is_permitted else tuple(_remedies(question, considered, offers)),
        changes_at=_changes_at(question, compiled, now=is_permitted) if question.subject.is_active else None,
    )


def _consider(question: Question, compiled: Compiled) -> Iterable[Considered]:
    facts = compiled.facts(question.subject.attributes, question.resource, question.context)
    for grant in compiled.candidates(question.action, question.resource):
        trace = Trace(held=True) if grant.conditions is None else evaluate(grant.conditions, facts)
        for way in compiled.ways_to(grant.role_id):
            yield _considered(grant, way, trace, runs=way.runs(question.context.now))


def _considered(grant: Grant, way: Way, trace: Trace, *, runs: bool) -> Considered:
    return Considered(
        outcome=_OUTCOMES[trace.held] if runs else "ended",
        role_id=way.role_id,
        role=way.role,
        group_id=way.group_id,
        group=way.group,
        action=grant.action,
        ends_at=way.ends_at,
        conditions=None if grant.conditions is None else in_words(grant.conditions),
        comparisons=trace.comparisons,
    )


def _rank(one: Considered) -> tuple[int, bool, bool, float, bool, str, str]:
    """What permits comes first; of that, what permits without condition, for good, and directly."""
    return (
        _ORDER[one.outcome],
        one.conditions is not None,
        one.ends_at is not None,
        -one.ends_at.timestamp() if one.ends_at else 0.0,
        one.group is not None,
        one.role,
        one.group or "",
    )


def _asked(question: Question) -> Asked:
    context = question.context
    return Asked(
        user_id=question.subject.id,
        user=question.subject.label,
        action=question.action,
        resource=question.resource,
        at=context.now,
        resource_id=question.resource_id,
        ip=context.ip,
        amr=context.amr,
        acr=context.acr,
        auth_time=context.auth_time,
        client=context.client,
    )


def _reason(question: Question, considered: Sequence[Considered]) -> Reason:
    outcomes = {one.outcome for one in considered}
    if not question.subject.is_active:
        return Reason.INACTIVE
    if "granted" in outcomes:
        return Reason.GRANTED
    if question.resource_id is None:
        return Reason.UNKNOWN_RESOURCE
    if outcomes & {"not_met", "unknown"}:
        return Reason.CONDITION
    return Reason.ENDED if outcomes else Reason.NO_ROLE


def _path(question: Question, granted: Considered) -> tuple[Step, ...]:
    steps = [Step(kind="user", id=question.subject.id, label=question.subject.label)]
    if granted.group is not None:
        steps.append(Step(kind="group", id=granted.group_id, label=granted.group))
    steps.append(Step(kind="role", id=granted.role_id, label=granted.role, ends_at=granted.ends_at))
    steps.append(Step(kind="permission", label=f"{question.resource}:{granted.action}"))
    return tuple(steps)


def _remedies(
    question: Question, considered: Sequence[Considered], offers: Sequence[Offer]
) -> Iterable[Remedy]:
    """Each would do by itself; only a disabled account has to be enabled before anything else counts."""
    if not question.subject.is_active:
        yield Remedy(kind="enable")
    told = set()
    for one in considered:
        in_the_way = tuple(comparison for comparison in one.comparisons if comparison.wanted is not None)
        key = (one.outcome, one.role_id, in_the_way)
        if one.outcome == "granted" or repr(key) in told:
            continue
        told.add(repr(key))
        yield Remedy(
            kind="extend" if one.outcome == "ended" else "condition",
            role_id=one.role_id,
            role=one.role,
            is_conditional=bool(in_the_way),
            ended_at=one.ends_at if one.outcome == "ended" else None,
            comparisons=in_the_way,
        )
    held = {one.role_id for one in considered}
    for offer in offers:
        if offer.role_id not in held:
            yield Remedy(
                kind="role",
                role_id=offer.role_id,
                role=offer.role,
                is_requestable=offer.is_requestable,
                is_conditional=offer.is_conditional,
            )


def _changes_at(question: Question, compiled: Compiled, *, now: bool) -> datetime | None:
    """The first moment from now on at which the answer is another one. Nothing is reckoned but where to look."""
    subject, context = question.subject.attributes, question.context
    documents = [grant.conditions for grant in compiled.candidates(question.action, question.resource)]
    most = MOST_COMPARISONS // max(20, sum(map(size_of, documents)))
    for moment in _moments(question, compiled)[:most]:
        later = replace(context, now=moment)
        if compiled.permits(subject, question.action, question.resource, later) is not now:
            return moment
    return None


def _moments(question: Question, compiled: Compiled) -> list[datetime]:
    """Every moment at which a way ends or a comparison with the clock may turn."""
    grants = list(compiled.candidates(question.action, question.resource))
    documents = [grant.conditions for grant in grants if grant.conditions is not None]
    relevant = (
        compiled.ways if documents else [way for one in grants for way in compiled.ways_to(one.role_id)]
    )
    ends: set[datetime | None] = {way.ends_at for way in relevant}
    if documents:
        # a condition may ask for any role or group, so each of their ends counts
        ends |= {one.ends_at for one in compiled.memberships}
    points = TurningPoints(once=frozenset(end for end in ends if end is not None))
    facts = compiled.facts(question.subject.attributes, question.resource, question.context)
    for document in documents:
        points |= turning_points(document, facts)
    return points.after(question.context.now, days=DAYS_AHEAD)
