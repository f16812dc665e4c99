"""Values of comparisons as people type them, and back."""

import re
from typing import Final

from portal.access.rules.conditions import Element
from portal.access.rules.conditions.values import date_of, time_of

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,10})?")
_BOOLEANS: Final = {"true": True, "false": False}


def from_text(text: str, elements: tuple[Element, ...]) -> object:
    """What the text means where such values are wanted; a text that means none of them stays a text.

    Where texts are wanted among others, `42` is the number and `"42"` the text.
    """
    if Element.BOOLEAN in elements and text in _BOOLEANS:
        return _BOOLEANS[text]
    if Element.NUMBER in elements and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if _is_ambiguous(elements) and _is_quoted(text):
        return text[1:-1]
    return text


def as_text(value: object, elements: tuple[Element, ...]) -> str:
    """How it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    looks_like_another = _is_quoted(text) or text in _BOOLEANS or _NUMBER.fullmatch(text) is not None
    is_text = isinstance(value, str) and _is_ambiguous(elements) and looks_like_another
    return f'"{text}"' if is_text else text


def input_type(text: str, elements: tuple[Element, ...]) -> str:
    """`time` or `date` where only such a value fits; a text that is none stays to be seen, so it gets a plain input."""
    if elements == (Element.TIME,) and (not text or time_of(text)):
        return "time"
    if elements == (Element.DATE,) and (not text or date_of(text)):
        return "date"
    return "text"


def _is_ambiguous(elements: tuple[Element, ...]) -> bool:
    return Element.TEXT in elements and len(elements) > 1


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == '"'
