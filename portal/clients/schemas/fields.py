"""What fields of inputs about apps have in common: shapes, lengths, characters."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from portal.clients.rules import web_address_problems
from portal.clients.rules.api_scopes import ApiScope
from portal.clients.rules.flows import GrantType, ResponseType, in_our_order
from portal.clients.rules.keys import MAX_JWKS_BYTES, jwks_problem
from portal.clients.rules.redirect_uris import MAX_COUNT, MAX_LENGTH, MESSAGES

NAME_LENGTH = 100
LINK_LENGTH = 300
WORD_LENGTH = 300
YEAR_SECONDS = 365 * 86400


def _lines(given: object) -> object:
    """A text with one value a line, as a form sends it; blank lines and spaces around are nobody's wish."""
    if not isinstance(given, str):
        return given
    return [line.strip() for line in given.splitlines() if line.strip()]


def _without_repetition(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _bounded(values: list[str]) -> list[str]:
    if len(values) > MAX_COUNT:
        raise ValueError(f"Give at most {MAX_COUNT} addresses")
    if any(len(uri) > MAX_LENGTH for uri in values):
        raise ValueError(f"Use at most {MAX_LENGTH} characters for an address")
    return values


def _words(values: list[str]) -> list[str]:
    if len(values) > MAX_COUNT:
        raise ValueError(f"Give at most {MAX_COUNT} values")
    if any(len(value) > WORD_LENGTH or not value.isprintable() for value in values):
        raise ValueError(f"Use at most {WORD_LENGTH} letters, digits and signs for a value")
    return values


def _printable(name: str) -> str:
    """No line breaks, control or direction-changing characters: the name stands in sentences and in mails."""
    if not name.isprintable():
        raise ValueError("Use only letters, digits, signs and spaces for the name")
    return name


def _web_address(uri: str) -> str:
    problems = web_address_problems(uri)
    if problems:
        raise ValueError(MESSAGES[problems[0]])
    return uri


def _secure_address(uri: str) -> str:
    """https only: whoever listens in between must not answer in the app's place."""
    if not _web_address(uri).lower().startswith("https://"):
        raise ValueError("Begin with https://")
    return uri


def _web_addresses(uris: list[str]) -> list[str]:
    return [_web_address(uri) for uri in _bounded(uris)]


def _parsed(given: object) -> object:
    """A JSON text, as a form sends it."""
    if not isinstance(given, str):
        return given
    if len(given.encode("utf-8", "replace")) > 2 * MAX_JWKS_BYTES:
        raise ValueError(f"Use at most {MAX_JWKS_BYTES // 1024} kB for the keys")
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise ValueError("This is no JSON") from None


def _public_keys(document: object) -> object:
    problem = jwks_problem(document)
    if problem:
        raise ValueError(problem)
    return document


def _flow_words(given: object) -> object:
    lines = _lines(given)
    return (
        [in_our_order(one) if isinstance(one, str) else one for one in lines]
        if isinstance(lines, list)
        else lines
    )


Addresses = Annotated[
    list[str],
    BeforeValidator(_lines),
    AfterValidator(_without_repetition),
    AfterValidator(_bounded),
]
WebAddresses = Annotated[Addresses, AfterValidator(_web_addresses)]
Words = Annotated[
    list[str], BeforeValidator(_lines), AfterValidator(_without_repetition), AfterValidator(_words)
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_printable)]
Word = Annotated[str, Field(min_length=1, max_length=WORD_LENGTH), AfterValidator(_printable)]
Link = Annotated[str, Field(max_length=LINK_LENGTH), AfterValidator(_web_address)]
SecureLink = Annotated[str, Field(max_length=LINK_LENGTH), AfterValidator(_secure_address)]
Keys = Annotated[dict[str, Any], BeforeValidator(_parsed), AfterValidator(_public_keys)]
Seconds = Annotated[int, Field(ge=0, le=YEAR_SECONDS)]
GrantTypes = Annotated[list[GrantType], BeforeValidator(_lines), AfterValidator(_without_repetition)]
ResponseTypes = Annotated[
    list[ResponseType], BeforeValidator(_flow_words), AfterValidator(_without_repetition)
]
_StandardScope = Literal[
    "openid", "profile", "email", "address", "phone", "offline_access", "roles", "groups", "permissions"
]  # fmt: skip
Scope = _StandardScope | ApiScope
AccessClaim = Literal["roles", "groups", "permissions"]
Overlap = Literal[0, 3600, 86400, 604800]


STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)
"""Unknown fields are refused: nobody sets by accident, or on purpose, what is not asked for."""
