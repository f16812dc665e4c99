"""Request objects (RFC 9101, OpenID Connect Core 6): what signed claims have to say, and the request in them.

Whoever asks has verified the signature. Of what a request object says about itself, a client that has to sign may
leave nothing out (FAPI 2.0 Message Signing 5.3.1); for the others, what is there has to be right.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

TYPES: Final = frozenset({"oauth-authz-req+jwt", "JWT", None})
"""Apart from its own type, a token without one: OpenID Connect is older than the type. A token of any other is none."""
SKEW_SECONDS: Final = 10
MAX_SECONDS: Final = 3600
"""How far ahead it may expire, and how long it may have been valid."""
DOCUMENTS: Final = frozenset({"claims", "authorization_details", "registration"})
"""Parameters that are JSON themselves, and JSON texts in an address."""
LISTS: Final = frozenset({"resource"})
NUMBERS: Final = frozenset({"max_age"})


class ObjectRefused(ValueError):
    """A request object is not as it has to be; the text says why, to its developer."""


def check_object(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, now: float, is_strict: bool
) -> None:
    """What it says about itself.

    Raises:
        ObjectRefused: something is missing, or wrong.
    """
    if "request" in claims or "request_uri" in claims:
        raise ObjectRefused("The request object refers to another one.")
    if claims.get("sub") == client_id:
        raise ObjectRefused(
            "The request object could be a client assertion: it must not have the client for its sub."
        )
    for name in ("iss", "client_id"):
        if claims.get(name, client_id) != client_id:
            raise ObjectRefused(f"The {name} of the request object is not the client_id.")
    _check_audience(claims, issuer, is_strict=is_strict)
    _check_times(claims, now, is_strict=is_strict)


def parameters_in(claims: Mapping[str, Any], names: Collection[str]) -> Iterator[tuple[str, str]]:
    """The parameters among the claims, as an address would have them; everything else there is ignored.

    Raises:
        ObjectRefused: one has a value of a kind that it can't have.
    """
    for name in sorted(names & claims.keys()):
        value = claims[name]
        if name in DOCUMENTS and isinstance(value, dict | list):
            yield name, json.dumps(value)
        elif name in NUMBERS and type(value) is int:
            yield name, str(value)
        elif name in LISTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield from ((name, one) for one in value)
        elif isinstance(value, str):
            yield name, value
        else:
            raise ObjectRefused(f"The {name} of the request object has a value of the wrong kind.")


def _check_audience(claims: Mapping[str, Any], issuer: str, *, is_strict: bool) -> None:
    named = claims.get("aud")
    if named is None and not is_strict:
        return
    if issuer not in (named if isinstance(named, list) else [named]):
        raise ObjectRefused("The aud of the request object is not this issuer.")


def _check_times(claims: Mapping[str, Any], now: float, *, is_strict: bool) -> None:
    ends, begins = _time(claims, "exp", is_required=is_strict), _time(claims, "nbf", is_required=is_strict)
    if ends is not None and ends + SKEW_SECONDS <= now:
        raise ObjectRefused("The request object has expired.")
    if begins is not None and begins - SKEW_SECONDS > now:
        raise ObjectRefused("The request object is not valid yet.")
    if not is_strict or ends is None or begins is None:
        return
    if ends - SKEW_SECONDS > now + MAX_SECONDS:
        raise ObjectRefused("The exp of the request object is more than 60 minutes ahead.")
    if begins + SKEW_SECONDS < now - MAX_SECONDS:
        raise ObjectRefused("The nbf of the request object is more than 60 minutes ago.")


def _time(claims: Mapping[str, Any], name: str, *, is_required: bool) -> float | None:
    value = claims.get(name)
    if value is None and not is_required:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ObjectRefused(f"The {name} of the request object is missing, or no number.")
    return value
