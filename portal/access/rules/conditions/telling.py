"""Conditions in words, for people who decide about them and people who are kept out by them."""

from collections.abc import Mapping, Sequence
from typing import Final

from portal.access.rules.conditions.facts import Json
from portal.access.rules.conditions.vocabulary import Kind, Operator, attribute_of

HIDDEN: Final = "…"
"""Where a value stands that the reader is not to see."""

_WORDS: Final[Mapping[Operator, str]] = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.IN: "is one of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.GREATER: "is more than",
    Operator.LESS: "is less than",
    Operator.BETWEEN: "is between",
    Operator.IP_IN: "is in",
}
_UNREADABLE: Final = "something unreadable"
_OF_TIME: Final = frozenset({Kind.MOMENT, Kind.DATE, Kind.TIME})


def in_words(document: object) -> str:
    """The whole condition as a sentence without its end: `department is “finance” and time of day is …`."""
    return _words(document, is_inner=False)


def comparison_in_words(
    attribute: str,
    operator: str,
    expected: Json,
    *,
    reference: str | None = None,
    timezone: str | None = None,
) -> str:
    """One comparison: `department is “finance”`."""
    known = attribute_of(attribute)
    label = known.label if known else attribute
    if operator == Operator.EXISTS:
        return f"{label} is known" if expected is not False else f"{label} is not known"
    if known is not None and known.kind is Kind.BOOLEAN and isinstance(expected, bool):
        is_so = expected is (operator == Operator.EQUALS)
        return label if is_so else f"not: {label}"
    value = attribute_label(reference) if reference else value_in_words(expected)
    if operator == Operator.BETWEEN and isinstance(expected, Sequence) and len(expected) == 2:
        value = f"{value_in_words(expected[0])} and {value_in_words(expected[1])}"
    zone = f" ({timezone})" if timezone else " (UTC)" if known and known.needs_zone else ""
    return f"{label} {operator_in_words(operator, known.kind if known else Kind.ANY)} {value}{zone}"


def operator_in_words(operator: str, kind: Kind = Kind.ANY) -> str:
    """`is after` for days, `is more than` for numbers."""
    if kind in _OF_TIME and operator in {Operator.GREATER, Operator.LESS}:
        return "is after" if operator == Operator.GREATER else "is before"
    return next((words for one, words in _WORDS.items() if one == operator), operator)


def attribute_label(name: str) -> str:
    """What people call the attribute, with its article: `the person's department`."""
    known = attribute_of(name)
    if known is None:
        return name
    return f"the person's {known.label}" if name.startswith("subject.") else f"the {known.label}"


def value_in_words(value: Json) -> str:
    """A value as it stands in a sentence; texts in quotes, for they may hold anything."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value if value == HIDDEN else f"“{value}”"
    if isinstance(value, Mapping):
        return "something else"
    if isinstance(value, Sequence):
        return ", ".join(value_in_words(item) for item in value) or "an empty list"
    return str(value)


def _words(node: object, *, is_inner: bool) -> str:
    if not isinstance(node, Mapping):
        return _UNREADABLE
    if "not" in node:
        return f"not ({_words(node['not'], is_inner=False)})"
    for combiner, word in (("all", " and "), ("any", " or ")):
        parts = node.get(combiner)
        if isinstance(parts, list) and parts:
            told = word.join(_words(part, is_inner=len(parts) > 1) for part in parts)
            return f"({told})" if is_inner and len(parts) > 1 else told
    if "attribute" not in node:
        return _UNREADABLE
    value = node.get("value")
    reference = value.get("ref") if isinstance(value, Mapping) else None
    return comparison_in_words(
        str(node.get("attribute", "")),
        str(node.get("operator", "")),
        None if reference else value,
        reference=str(reference) if reference else None,
        timezone=str(node["timezone"]) if "timezone" in node else None,
    )
