"""The parameters of a protocol request, read strictly: one place, each once, exactly as sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from flask import Request

FORM: Final = "application/x-www-form-urlencoded"
MAX_PARAMETERS: Final = 100
MAY_REPEAT: Final = frozenset({"resource", "audience"})
"""Parameters of extensions that this server does not know, where repeating is allowed (RFC 8707, RFC 8693)."""

# NUL can't be stored, a lone surrogate can't be sent back
_UNUSABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was sent. A parameter without a value counts as not sent (RFC 6749 section 3.1)."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeated: frozenset[str] = frozenset()
    is_readable: bool = True
    """False where the bytes are no form at all, or no UTF-8."""

    def get(self, name: str) -> str | None:
        return self.values.get(name)

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
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name in values and name not in MAY_REPEAT:
            repeated.add(name)
        values.setdefault(name, value)
    if any(_UNUSABLE.search(part) for pair in values.items() for part in pair):
        return Parameters(is_readable=False)
    sent = {name: value for name, value in values.items() if value}
    return Parameters(values=sent, repeated=frozenset(repeated))


def _ascii(name: str) -> str:
    """A name as it may stand in an `error_description` (RFC 6749 section 5.2)."""
    return re.sub(r"[^A-Za-z0-9_.-]", "?", name[:40])
