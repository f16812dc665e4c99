"""Whether a condition holds, in three values: yes, no, and unknown.

A comparison with an attribute that is missing, or of another kind than the value, is unknown (None), and unknown stays
unknown under `not`. `all` is False as soon as one part is, True only if every part is; `any` the other way round
(Kleene's strong logic). Only True permits, so what nobody knows can never open a door, however it is turned.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from portal.access.rules.conditions.checking import pointer
from portal.access.rules.conditions.comparing import Held, compare
from portal.access.rules.conditions.facts import Facts, Json, Missing, Value, plain
from portal.access.rules.conditions.values import zone_of
from portal.access.rules.conditions.vocabulary import MAX_DEPTH, OPERATORS, attribute_of

_DECISIVE: Final = {"all": False, "any": True}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison, and how it went."""

    pointer: str
    attribute: str
    operator: str
    expected: Json
    """What it compared to; for a reference, what that attribute was."""
    reference: str | None = None
    timezone: str | None = None
    actual: Json = None
    held: bool | None = None
    note: str = ""
    """Why it is unknown: `missing`, `reference_missing`, `wrong_type` or `malformed`."""
    wanted: bool | None = None
    """What it should have been for the whole to hold; None where it is not in the way."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The answer, with every comparison behind it."""

    held: bool | None
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class _Branch:
    """A part of the document with its answer; a leaf has a comparison, a malformed one has none."""

    combiner: str
    held: Held
    parts: tuple["_Branch", ...] = ()
    leaf: Comparison | None = None


def holds(document: object, facts: Facts) -> bool:
    """Whether the condition is met, as quickly as that can be said."""
    return _held(document, facts, 1) is True


def evaluate(document: object, facts: Facts) -> Trace:
    """The same answer with every comparison, also of parts that could not change it."""
    branch = _branch(document, facts, "")
    in_the_way = dict(_in_the_way(branch, wanted=True))
    return Trace(
        held=branch.held,
        comparisons=tuple(
            Comparison(**{**leaf.__dict__, "wanted": in_the_way.get(leaf.pointer)})
            for leaf in _leaves(branch)
        ),
    )


def _held(node: object, facts: Facts, depth: int) -> Held:
    if not isinstance(node, Mapping) or depth > MAX_DEPTH:
        return None
    if "not" in node:
        inner = _held(node["not"], facts, depth + 1)
        return None if inner is None else not inner
    for combiner, decisive in _DECISIVE.items():
        if combiner in node:
            parts = _parts(node[combiner])
            return _combined((_held(part, facts, depth + 1) for part in parts), decisive=decisive)
    return _compare(node, facts)[0]


def _branch(node: object, facts: Facts, place: str, depth: int = 1) -> _Branch:
    if not isinstance(node, Mapping) or depth > MAX_DEPTH:
        return _Branch("malformed", None)
    if "not" in node:
        inner = _branch(node["not"], facts, pointer(place, "not"), depth + 1)
        return _Branch("not", None if inner.held is None else not inner.held, (inner,))
    for combiner, decisive in _DECISIVE.items():
        if combiner in node:
            below = pointer(place, combiner)
            parts = tuple(
                _branch(part, facts, pointer(below, index), depth + 1)
                for index, part in enumerate(_parts(node[combiner]))
            )
            return _Branch(combiner, _combined((part.held for part in parts), decisive=decisive), parts)
    leaf = _told(node, facts, place)
    return _Branch("comparison", leaf.held, leaf=leaf)


def _parts(value: object) -> list[object]:
    """What stands in a list; a malformed one is one part of which nothing is known."""
    return value if isinstance(value, list) and value else [None]


def _combined(parts: Iterable[Held], *, decisive: bool) -> Held:
    """One decisive part decides; else one unknown part leaves it unknown."""
    is_unknown = False
    for held in parts:
        if held is decisive:
            return decisive
        is_unknown = is_unknown or held is None
    return None if is_unknown else not decisive


def _compare(node: Mapping[str, object], facts: Facts) -> tuple[Held, Value | Missing, Value | Missing, str]:
    """The answer, the actual and the expected value, and why nothing is known."""
    name, given, zone = node.get("attribute"), node.get("value"), node.get("timezone")
    attribute = attribute_of(name) if isinstance(name, str) else None
    operator = (
        next((one for one in OPERATORS[attribute.kind] if one == node.get("operator")), None)
        if attribute
        else None
    )
    if attribute is None or operator is None or given is None or not _is_zone(zone):
        return None, None, None, "malformed"
    actual = facts.look_up(attribute.name, zone)
    expected = _expected(given, facts)
    if isinstance(expected, Missing):
        return None, actual, expected, "reference_missing"
    held = compare(actual, operator, expected, ignores_case=attribute.ignores_case)
    why = "missing" if isinstance(actual, Missing) else "wrong_type"
    return held, actual, expected, why if held is None else ""


def _expected(given: object, facts: Facts) -> Value | Missing:
    """The value as it stands there, or that of the attribute it refers to."""
    if isinstance(given, Mapping):
        reference = given.get("ref")
        return facts.look_up(reference) if isinstance(reference, str) else Missing.MISSING
    return given  # type: ignore[return-value]  # whatever JSON holds


def _is_zone(zone: object) -> bool:
    return zone is None or (isinstance(zone, str) and zone_of(zone) is not None)


def _told(node: Mapping[str, object], facts: Facts, place: str) -> Comparison:
    held, actual, expected, note = _compare(node, facts)
    given, zone = node.get("value"), node.get("timezone")
    reference = given.get("ref") if isinstance(given, Mapping) else None
    return Comparison(
        pointer=place,
        attribute=str(node.get("attribute", "")),
        operator=str(node.get("operator", "")),
        expected=plain(expected),
        reference=str(reference) if reference else None,
        timezone=str(zone) if zone else None,
        actual=plain(actual),
        held=held,
        note=note,
    )


def _leaves(branch: _Branch) -> Iterator[Comparison]:
    if branch.leaf is not None:
        yield branch.leaf
    for part in branch.parts:
        yield from _leaves(part)


def _in_the_way(branch: _Branch, *, wanted: bool) -> Iterator[tuple[str, bool]]:
    """The comparisons that keep the branch from being as wanted, and what each should have been instead."""
    if branch.held is wanted:
        return
    if branch.leaf is not None:
        yield branch.leaf.pointer, wanted
    for part in branch.parts:
        yield from _in_the_way(part, wanted=wanted is not (branch.combiner == "not"))
