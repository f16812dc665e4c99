"""Whom an access token is for (RFC 8707): any of those that were agreed on, and nobody else."""

from collections.abc import Collection

from authlib.oauth2 import OAuth2Error

from portal.oauth.requests import ProtocolRequest

RESOURCE = "resource"


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]
    """A `resource` that this request may not ask for (section 2)."""

    error = "invalid_target"
    description = "One of the resources is not among those that this client was allowed."


def targets_of(request: ProtocolRequest, allowed: Collection[str] | None, *, usual: bool) -> tuple[str, ...]:
    """What the request asks for within what is allowed; where it asks for nothing, all of it if that is `usual`.

    Raises:
        InvalidTargetError: it asks for something else.
    """
    asked, agreed = request.parameters.all(RESOURCE), tuple(allowed or ())
    if not set(asked) <= set(agreed):
        raise InvalidTargetError
    return tuple(dict.fromkeys(asked)) or (agreed if usual else ())
