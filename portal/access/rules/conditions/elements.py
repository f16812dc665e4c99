"""The single values that comparisons are made of, and what is wrong with one that is none."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from portal.access.rules.conditions.values import (
    DATE_PATTERN,
    MOMENT_PATTERN,
    date_of,
    moment_of,
    network_of,
    time_of,
)
from portal.access.rules.conditions.vocabulary import MAX_NUMBER, MAX_TEXT, WEEKDAYS, Element


def is_element(value: object, kind: Element) -> bool:
    """Whether the value can stand where such an element is wanted."""
    return _TESTS[kind](value)


def fault_of(value: object, kinds: tuple[Element, ...]) -> tuple[str, str] | None:
    """A code and words for a value that is none of these; None if it is one."""
    if any(is_element(value, kind) for kind in kinds):
        return None
    if isinstance(value, str) and 0 < len(value) <= MAX_TEXT:
        if Element.TEXT in kinds:
            return "text_unusable", "This text holds a sign that can't be stored."
        if Element.NETWORK in kinds:
            return "network_unknown", "A network is written like 10.0.0.0/8 or 2001:db8::/32."
        if any(kind in kinds and re.search(pattern, value) for kind, pattern in _PATTERNS.items()):
            return "date_impossible", "There is no such day."
    return "wrong_type", f"Give {' or '.join(_TOLD[kind] for kind in kinds)} here."


_PATTERNS: Final = {Element.DATE: DATE_PATTERN, Element.MOMENT: MOMENT_PATTERN}

_TOLD: Final[Mapping[Element, str]] = {
    Element.TEXT: f"a text of 1 to {MAX_TEXT} characters",
    Element.NUMBER: "a number",
    Element.BOOLEAN: "true or false",
    Element.MOMENT: "a moment like 2026-11-23T08:30:00Z",
    Element.DATE: "a date like 2026-11-23",
    Element.TIME: "a time of day like 08:30",
    Element.WEEKDAY: "a weekday like monday",
    Element.NETWORK: "a network like 10.0.0.0/8",
}


def _is_text(value: object) -> bool:
    """PostgreSQL keeps no NUL, and half of a surrogate pair is no text."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_TEXT
        and "\x00" not in value
        and not any("\ud800" <= sign <= "\udfff" for sign in value)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


_TESTS: Final[Mapping[Element, Callable[[object], bool]]] = {
    Element.TEXT: _is_text,
    Element.NUMBER: _is_number,
    Element.BOOLEAN: lambda value: isinstance(value, bool),
    Element.MOMENT: lambda value: isinstance(value, str) and moment_of(value) is not None,
    Element.DATE: lambda value: isinstance(value, str) and date_of(value) is not None,
    Element.TIME: lambda value: isinstance(value, str) and time_of(value) is not None,
    Element.WEEKDAY: lambda value: value in WEEKDAYS,
    Element.NETWORK: lambda value: (
        isinstance(value, str) and len(value) <= MAX_TEXT and network_of(value) is not None
    ),
}
