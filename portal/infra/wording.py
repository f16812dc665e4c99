"""What a schema has found wrong, in the portal's words: the same on pages, for programs and at a terminal."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails


def in_words(error: ErrorDetails, label: str = "", *, ask: str = "Enter") -> str:
    """`label` is what people call the field, without a capital; `ask` is how they are asked for it: "Enter", "Enter
    your", "Choose". A schema's own `ValueError`s are written for people already, and no text quotes what was given.
    """
    of_it, limits = f"the {label}" if label else "this", _limits(error)
    match error["type"]:
        case "value_error":
            words = str(limits.get("error", error["msg"]))
        case "missing" | "string_too_short" if limits.get("min_length", 1) == 1:
            words = f"{ask} {_with_article(label, ask)}" if label else "Something is missing"
        case "string_too_short":
            words = f"Use at least {limits['min_length']} characters for {of_it}"
        case "string_too_long" | "bytes_too_long":
            words = f"Use at most {limits['max_length']} characters for {of_it}"
        case "greater_than_equal":
            words = f"Use at least {limits['ge']:,} for {of_it}"
        case "less_than_equal":
            words = f"Use at most {limits['le']:,} for {of_it}"
        case "literal_error" | "enum":
            words = f"Choose one of the given answers for {of_it}"
        case _:
            words = f"Check {of_it}: it can't be used as it is"
    return words


def _with_article(label: str, ask: str) -> str:
    """ "a name", "an email", "what it is for"; a name that is somebody's already ("Enter your") needs none."""
    if ask.endswith(" your") or label.startswith(("what ", "who ", "which ")):
        return label
    return f"an {label}" if label[0] in "aeio" else f"a {label}"


def _limits(error: ErrorDetails) -> Mapping[str, Any]:
    return error.get("ctx", {})
