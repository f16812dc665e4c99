"""Response types and modes: which there are, and how an answer of a type may travel.

OAuth 2.0 Multiple Response Types and Form Post Response Mode, and the modes of JARM that end in `jwt`.
"""

from typing import Final, get_args

from portal.grants.schemas import ResponseMode

CODE: Final = "code"
RESPONSE_TYPES: Final = (
    CODE,
    "code id_token",
    "code id_token token",
    "code token",
    "id_token",
    "id_token token",
)
"""Words in the order of the alphabet. A `token` alone is no answer of OpenID Connect: nothing binds it to a sign-in."""
IN_THE_FRONT: Final = frozenset({"id_token", "token"})
"""What comes through the browser, where logs and histories keep a query (Multiple Response Types 3)."""


def response_type_of(text: str) -> str | None:
    """The type, whatever the order of its words; None if there is no such type."""
    words = " ".join(sorted(text.split(" ")))
    return words if words in RESPONSE_TYPES else None


def has_code(response_type: str) -> bool:
    return CODE in response_type.split()


def has_id_token(response_type: str) -> bool:
    """Whether one comes from the authorization endpoint, so that a nonce must bind it (Core 3.2.2.1, 3.3.2.11)."""
    return "id_token" in response_type.split()


def mode_of(asked: str | None, response_type: str) -> ResponseMode | None:
    """How the answer travels; None for a mode that does not exist, or that would put tokens into a query."""
    mode = _resolved(asked, response_type)
    return None if mode in {"query", "query.jwt"} and _is_in_the_front(response_type) else mode


def mode_of_error(asked: str | None, response_type: str | None) -> ResponseMode:
    """How an error travels, however wrong both parameters are: as the answer would have, or by the type's default."""
    wish = response_type or CODE
    return mode_of(asked, wish) or _default(wish)


def _resolved(asked: str | None, response_type: str) -> ResponseMode | None:
    if asked is None:
        return _default(response_type)
    named = f"{_default(response_type)}.jwt" if asked == "jwt" else asked
    return next((mode for mode in get_args(ResponseMode) if mode == named), None)


def _default(response_type: str) -> ResponseMode:
    return "fragment" if _is_in_the_front(response_type) else "query"


def _is_in_the_front(response_type: str) -> bool:
    return not IN_THE_FRONT.isdisjoint(response_type.split())
