"""Whether a document is a condition; if not, what is wrong with it and where.

Places are JSON pointers (RFC 6901) into the document.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from portal.access.rules.conditions.elements import fault_of, is_element
from portal.access.rules.conditions.values import ZONE_PATTERN, date_of, moment_of, zone_of
from portal.access.rules.conditions.vocabulary import (
    LISTS,
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    OPERATORS,
    TAKES_REF,
    Attribute,
    Element,
    Operator,
    attribute_of,
    elements_of,
    may_refer,
)


@dataclass(frozen=True)
class Problem:
    """Something wrong at a place of the document."""

    pointer: str
    code: str
    message: str


BEYOND_SCHEMA: Final = frozenset({
    "too_many", "text_unusable", "date_impossible", "network_unknown", "timezone_unknown", "order", "ref_kind", "mixed",
})  # fmt: skip
"""What the checker finds and JSON Schema has no words for."""

COMBINERS: Final = ("all", "any", "not")


class _TooMany(Exception):
    """The document is larger than anybody could review; the rest of it is not looked at."""


@dataclass
class _Budget:
    """How many parts the document may still have."""

    left: int = MAX_NODES


def problems_of(document: object) -> list[Problem]:
    """Everything that is wrong with the document; none means that it can be saved. The work is bounded."""
    found: list[Problem] = []
    try:
        found.extend(_node(document, "", 1, _Budget()))
    except _TooMany:
        return [
            Problem(
                "",
                "too_many",
                f"A condition has at most {MAX_NODES} parts; split it over several permissions.",
            )
        ]
    return found


def pointer(place: str, key: str | int) -> str:
    """One step further down, escaped (RFC 6901 section 3)."""
    return f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _node(node: object, place: str, depth: int, budget: _Budget) -> list[Problem]:
    budget.left -= 1
    if budget.left < 0:
        raise _TooMany
    if depth > MAX_DEPTH:
        return [Problem(place, "too_deep", f"Conditions nest at most {MAX_DEPTH} deep.")]
    if not isinstance(node, Mapping) or not all(isinstance(key, str) for key in node):
        return [Problem(place, "not_an_object", "A condition is an object: all, any, not, or a comparison.")]
    combiner = next((name for name in COMBINERS if name in node), None)
    if combiner is None:
        return list(_comparison(node, place))
    others = [_unexpected(place, key) for key in node if key != combiner]
    inner, below = node[combiner], pointer(place, combiner)
    if combiner == "not":
        return others + _node(inner, below, depth + 1, budget)
    if not isinstance(inner, list) or not inner:
        message = f"“{combiner}” takes a list of at least one condition."
        return [*others, Problem(below, "not_a_list", message)]
    if len(inner) > MAX_NODES:
        raise _TooMany
    for index, child in enumerate(inner):
        others += _node(child, pointer(below, index), depth + 1, budget)
    return others


def _comparison(node: Mapping[str, object], place: str) -> Iterator[Problem]:
    for key in node:
        if key not in {"attribute", "operator", "value", "timezone"}:
            yield _unexpected(place, key)
    missing = [key for key in ("attribute", "operator", "value") if key not in node]
    for key in missing:
        yield Problem(place, "missing", f"A comparison needs “{key}”.")
    if "attribute" not in node:
        return
    attribute = _attribute(node["attribute"])
    if attribute is None:
        yield Problem(pointer(place, "attribute"), "unknown_attribute", _NO_SUCH_ATTRIBUTE)
        return
    if "timezone" in node:
        yield from _timezone(node["timezone"], attribute, pointer(place, "timezone"))
    if "operator" not in node:
        return
    operator = next((one for one in OPERATORS[attribute.kind] if one == node["operator"]), None)
    if operator is None:
        known = ", ".join(OPERATORS[attribute.kind])
        message = f"“{attribute.name}” can be compared with: {known}."
        yield Problem(pointer(place, "operator"), "unknown_operator", message)
    elif "value" in node:
        yield from _value(node["value"], attribute, operator, pointer(place, "value"))


_NO_SUCH_ATTRIBUTE: Final = (
    "There is no such attribute. Begin with subject., resource. or context.; of subject and resource any name may "
    "follow, of context only the known ones."
)


def _attribute(name: object) -> Attribute | None:
    return attribute_of(name) if isinstance(name, str) else None


def _timezone(name: object, attribute: Attribute, place: str) -> Iterator[Problem]:
    if not attribute.needs_zone:
        yield Problem(place, "unexpected", f"“{attribute.name}” is the same in every time zone.")
    elif not isinstance(name, str) or len(name) > 60 or not re.search(ZONE_PATTERN, name):
        yield Problem(place, "not_a_text", "A time zone is a text like Europe/Berlin.")
    elif zone_of(name) is None:
        yield Problem(place, "timezone_unknown", "There is no such time zone; an example is Europe/Berlin.")


def _value(value: object, attribute: Attribute, operator: Operator, place: str) -> Iterator[Problem]:
    elements = elements_of(attribute.kind, operator)
    if isinstance(value, Mapping):
        yield from _reference(value, attribute, operator, place)
    elif operator in LISTS:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_LIST:
            yield Problem(place, "not_a_list", f"“{operator}” compares to a list of 1 to {MAX_LIST} values.")
            return
        for index, item in enumerate(value):
            yield from _element(item, elements, pointer(place, index))
    elif operator is Operator.BETWEEN:
        yield from _pair(value, elements, place)
    else:
        yield from _element(value, elements, place)


def _pair(value: object, elements: tuple[Element, ...], place: str) -> Iterator[Problem]:
    if not isinstance(value, list) or len(value) != 2:
        yield Problem(place, "not_a_pair", "“between” compares to a list of two: from and to.")
        return
    problems = [
        problem for index in (0, 1) for problem in _element(value[index], elements, pointer(place, index))
    ]
    yield from problems
    if problems:
        return
    low, high = (next(kind for kind in elements if is_element(one, kind)) for one in value)
    if low is not high:
        yield Problem(place, "mixed", "Both ends have to be of one kind.")
    elif low is not Element.TIME and _position(value[0], low) > _position(value[1], low):
        yield Problem(place, "order", "The first value has to be the smaller one.")


def _position(value: object, kind: Element) -> float:
    if kind is Element.MOMENT and (moment := moment_of(str(value))):
        return moment.timestamp()
    if kind is Element.DATE and (day := date_of(str(value))):
        return day.toordinal()
    return float(value) if isinstance(value, int | float) else 0.0


def _element(value: object, kinds: tuple[Element, ...], place: str) -> Iterator[Problem]:
    fault = fault_of(value, kinds)
    if fault is not None:
        yield Problem(place, *fault)


def _reference(
    value: Mapping[str, object], attribute: Attribute, operator: Operator, place: str
) -> Iterator[Problem]:
    if operator not in TAKES_REF:
        yield Problem(place, "ref_not_taken", f"“{operator}” does not compare to another attribute.")
        return
    if set(value) != {"ref"}:
        yield Problem(place, "not_a_ref", "Another attribute is named as {“ref”: “subject.department”}.")
        return
    other = _attribute(value["ref"])
    if other is None:
        yield Problem(pointer(place, "ref"), "unknown_attribute", _NO_SUCH_ATTRIBUTE)
    elif not may_refer(attribute.kind, operator, other.kind):
        message = f"“{other.name}” can't be compared with “{attribute.name}”: they are of different kinds."
        yield Problem(pointer(place, "ref"), "ref_kind", message)


def _unexpected(place: str, key: str) -> Problem:
    return Problem(pointer(place, key), "unexpected", f"“{key[:40]}” means nothing here.")
