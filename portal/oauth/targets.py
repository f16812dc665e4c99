"""Whom an access token is for (RFC 8707), and what in detail (RFC 9396): any of what was agreed on, and no more."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from authlib.oauth2 import OAuth2Error

from portal.grants.rules.authorization_details import DetailsRefused, read_details
from portal.oauth.requests import ProtocolRequest

RESOURCE = "resource"


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]
    """A `resource` that this request may not ask for (section 2)."""

    error = "invalid_target"
    description = "One of the resources is not among those that this client was allowed."


class InvalidDetailsError(OAuth2Error):  # type: ignore[misc]
    """Details that this request may not ask for (RFC 9396 section 5)."""

    error = "invalid_authorization_details"
    description = "The authorization_details are not among those that this client was allowed."


def targets_of(request: ProtocolRequest, allowed: Collection[str] | None, *, usual: bool) -> tuple[str, ...]:
    """What the request asks for within what is allowed; where it asks for nothing, all of it if that is `usual`.

    Raises:
        InvalidTargetError: it asks for something else.
    """
    asked, agreed = request.parameters.all(RESOURCE), tuple(allowed or ())
    if not set(asked) <= set(agreed):
        raise InvalidTargetError
    return tuple(dict.fromkeys(asked)) or (agreed if usual else ())


def details_of(request: ProtocolRequest, agreed: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...]:
    """The details that the request asks for, each of them exactly as it was agreed to; all of them where it asks for
    nothing (RFC 9396 section 6.1).

    Raises:
        InvalidDetailsError: it asks for something else.
    """
    allowed, text = tuple((agreed or {}).get("details", ())), request.form.get("authorization_details")
    if text is None:
        return allowed
    try:
        asked = read_details(text)
    except DetailsRefused:
        raise InvalidDetailsError from None
    known = {_written(detail): detail for detail in allowed}
    chosen = [known.get(_written(detail)) for detail in asked]
    if None in chosen:
        raise InvalidDetailsError
    return tuple(detail for detail in chosen if detail is not None)


def _written(detail: Mapping[str, Any]) -> bytes:
    """By its letters: to Python `true` is 1, and 1 is 1.0."""
    return orjson.dumps(detail, option=orjson.OPT_SORT_KEYS)
