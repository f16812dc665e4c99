"""The `authorization_details` parameter (RFC 9396): permissions too fine for a scope, each of a type that is known."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeAlias

import orjson

from portal.grants.rules.claims import NUL

MAX_CHARACTERS: Final = 4000
MAX_DETAILS: Final = 10
MAX_LEVELS: Final = 6
LISTS: Final = ("locations", "actions", "datatypes", "privileges")
"""The common fields that are lists of texts (section 2.2); `identifier` is one text."""

Detail: TypeAlias = Mapping[str, Any]
Bounds: TypeAlias = Mapping[str, Any]
"""What the registration of a type says: for some of `LISTS`, which values there are."""


class DetailsRefused(ValueError):
    """They are malformed, or more than the client may ask for; the text says which, to its developer."""


def parse_details(
    text: str | None, *, types: Collection[str], bounds_of: Callable[[str], Bounds | None]
) -> tuple[dict[str, Any], ...]:
    """The details, each of a type that the client is registered for and that `bounds_of` knows.

    Raises:
        DetailsRefused: something in them is not right; a part is never left out (section 5).
    """
    if text is None:
        return ()
    details = read_details(text)
    for detail in details:
        kind = detail.get("type")
        if not isinstance(kind, str) or kind not in types:
            raise DetailsRefused("A type is not among those that this client is registered for.")
        bounds = bounds_of(kind)
        if bounds is None:
            raise DetailsRefused("A type is not known here.")
        _check(detail, bounds)
    return tuple(details)


def title_of(detail: Detail) -> str:
    """The type in words; one that is an address stays one."""
    kind = str(detail["type"])
    return kind if ":" in kind else _label(kind)


def lines_of(detail: Detail) -> Iterator[tuple[str, str]]:
    """Everything in a detail but its type, in words: a label and a value for each line."""
    for name, value in detail.items():
        if name != "type":
            yield from _lines(_label(name), value)


def _lines(label: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _lines(f"{label}, {_label(name).lower()}", inner)
        case list() if any(isinstance(one, dict | list) for one in value):
            for number, one in enumerate(value, 1):
                yield from _lines(f"{label} {number}", one)
        case list():
            yield label, ", ".join(map(_word, value)) or "None"
        case _:
            yield label, _word(value)


def _label(name: str) -> str:
    """`instructedAmount` and `instructed_amount` as "Instructed amount"."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    words = " ".join(spaced.replace("_", " ").split()) or "Unnamed"
    return words[0].upper() + words[1:]


def _word(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def read_details(text: str) -> list[dict[str, Any]]:
    """A list of objects, whatever they are about.

    Raises:
        DetailsRefused: it is none, or too much.
    """
    if len(text) > MAX_CHARACTERS:
        raise DetailsRefused(f"They are longer than {MAX_CHARACTERS} characters.")
    try:
        details = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise DetailsRefused("They are not valid JSON.") from None
    if NUL in text:
        raise DetailsRefused("There is a character in them that can't be kept.")
    if not isinstance(details, list) or not all(isinstance(detail, dict) for detail in details):
        raise DetailsRefused("They are not a list of objects.")
    if not 0 < len(details) <= MAX_DETAILS:
        raise DetailsRefused(f"There have to be 1 to {MAX_DETAILS} of them.")
    if not _fits(details, levels=MAX_LEVELS):
        raise DetailsRefused("They are nested too deeply.")
    return details


def _check(detail: Detail, bounds: Bounds) -> None:
    if not isinstance(detail.get("identifier", ""), str):
        raise DetailsRefused("An identifier is no text.")
    for name in LISTS:
        values = detail.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise DetailsRefused(f"The {name} are not a list of texts.")
        known = bounds.get(name)
        if isinstance(known, list) and not set(values) <= set(known):
            raise DetailsRefused(f"One of the {name} is not known for its type.")


def _fits(value: object, *, levels: int) -> bool:
    """Whether lists and objects in it are nested no deeper."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_fits(one, levels=levels - 1) for one in inner)
