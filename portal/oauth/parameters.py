"""The parameters of a protocol request, read strictly: one place, each once, exactly as sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final
from urllib.parse import parse_qsl

from flask import Request

FORM: Final = "application/x-www-form-urlencoded"
MAX_PARAMETERS: Final = 100
MAY_REPEAT: Final = frozenset({"resource", "audience"})
"""Parameters with several values (RFC 8707 section 2, RFC 8693 section 2.1)."""

# NUL can't be stored, a lone surrogate can't be sent back
_UNUSABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was sent. A parameter without a value counts as not sent (RFC 6749 section 3.1)."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """All values of those that may repeat; `values` has the first."""
    repeated: frozenset[str] = frozenset()
    is_readable: bool = True
    """False where the bytes are no form at all, or no UTF-8."""

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a parameter that may repeat, in their order."""
        one = self.values.get(name)
        return self.several.get(name) or (() if one is None else (one,))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values as they may be sent on."""
        return tuple((name, value) for name in self.values for value in self.all(name))

    @property
    def problem(self) -> str | None:
        """Why the request can't be used as a whole, in words for its developer; None if it can."""
        if not self.is_readable:
            return "The parameters are not a well-formed application/x-www-form-urlencoded text in UTF-8."
        if self.repeated:
            return f"A parameter is included more than once: {_ascii(min(self.repeated))}."
        return None


def query_of(request: Request) -> Parameters:
    """From the address alone: a body is not looked at."""
    return _parse(request.query_string)


def form_of(request: Request) -> Parameters:
    """From the body alone: a query is not looked at, so that no credential ever works from an address."""
    if request.mimetype != FORM:
        return Parameters(is_readable=not request.content_length)
    return _parse(request.get_data(cache=True))


def _parse(text: bytes) -> Parameters:
    try:
        pairs = parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        return Parameters(is_readable=False)
    return gathered(pairs)


def gathered(pairs: Sequence[tuple[str, str]]) -> Parameters:
    """Parameters of these names and values, wherever they come from."""
    if _UNUSABLE.search("".join(chain.from_iterable(pairs))):
        return Parameters(is_readable=False)
    once = dict(pairs)
    if len(once) == len(pairs) and MAY_REPEAT.isdisjoint(once):
        return Parameters(values={name: value for name, value in pairs if value})
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    repeated = frozenset(name for name, values in found.items() if len(values) > 1 and name not in MAY_REPEAT)
    sent = {name: values[0] for name, values in found.items() if values[0]}
    several = {name: tuple(filter(None, found[name])) for name in MAY_REPEAT & found.keys()}
    return Parameters(values=sent | _first_of(several), several=several, repeated=repeated)


def _first_of(several: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: values[0] for name, values in several.items() if values}


def _ascii(name: str) -> str:
    """A name as it may stand in an `error_description` (RFC 6749 section 5.2)."""
    return re.sub(r"[^A-Za-z0-9_.-]", "?", name[:40])
