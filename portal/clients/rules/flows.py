"""Which grants an app may use, and which response types belong to them (OpenID Connect Registration 1.0 section 2)."""

from collections.abc import Collection, Iterable
from typing import Final, Literal, get_args

GrantType = Literal[
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
]
GRANT_TYPES: Final[tuple[GrantType, ...]] = get_args(GrantType)

ResponseType = Literal[
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
]
RESPONSE_TYPES: Final[tuple[ResponseType, ...]] = get_args(ResponseType)

DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OF_PROGRAMS: Final = frozenset({
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
})  # fmt: skip
"""Grants that only a client which proves itself may use (RFC 6749 section 4.4)."""
_BRING_REFRESH_TOKENS: Final = frozenset({"authorization_code", DEVICE_CODE})


def in_our_order(response_type: str) -> str:
    """A response type is a set of words (RT 3): `token id_token` is our `id_token token`. Foreign words stay."""
    words = sorted(response_type.split())
    return next((ours for ours in RESPONSE_TYPES if sorted(ours.split()) == words), response_type)


def grants_behind(response_types: Iterable[str]) -> tuple[GrantType, ...]:
    """What an app needs for its response types: `code` comes with a code, everything else from the front channel."""
    words = [set(response_type.split()) for response_type in response_types]
    needed: list[GrantType] = []
    if any("code" in one for one in words):
        needed.append("authorization_code")
    if any({"id_token", "token"} & one for one in words):
        needed.append("implicit")
    return tuple(needed)


def flow_problems(
    grant_types: Collection[str], response_types: Collection[str]
) -> list[tuple[str, str, str]]:
    """Field, code and words for everything in which the two contradict each other."""
    needed = grants_behind(response_types)
    problems = [
        ("grant_types", "grant_type_missing", f"These response types need the grant type {grant_type}")
        for grant_type in needed
        if grant_type not in grant_types
    ]
    problems += [
        ("response_types", "response_type_missing", f"The grant type {grant_type} needs a response type")
        for grant_type in ("authorization_code", "implicit")
        if grant_type in grant_types and grant_type not in needed
    ]
    if "refresh_token" in grant_types and not _BRING_REFRESH_TOKENS & set(grant_types):
        words = "Refresh tokens come with authorization_code or device_code; choose one of them"
        problems.append(("grant_types", "refresh_token_alone", words))
    return problems
