"""What the tokens are to be good for: scopes, resources, and details that no scope has words for."""

from typing import Any, Final

from authlib.oauth2 import OAuth2Error

from portal.access.repository.resources import Resources
from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.authorization_details import DetailsRefused, parse_details
from portal.grants.rules.response_types import has_code
from portal.grants.rules.scopes import OFFLINE_ACCESS
from portal.http.context import reading
from portal.oauth.parameters import Parameters

INVALID_DETAILS: Final = "invalid_authorization_details"


def scopes_of(scope: str, client: ClientSnapshot, response_type: str) -> tuple[str, ...]:
    """Without the right to refresh, or a code to begin with, `offline_access` would promise what nobody keeps (Core 11:
    it is ignored).
    """
    granted = tuple(scope.split())
    if "refresh_token" in client.grant_types and has_code(response_type):
        return granted
    return tuple(one for one in granted if one != OFFLINE_ACCESS)


def details_of(parameters: Parameters, client: ClientSnapshot) -> tuple[dict[str, Any], ...]:
    """The authorization details (RFC 9396), each of a type that the client and the portal know."""
    text = parameters.get("authorization_details")
    if text is None:
        return ()
    try:
        return parse_details(text, types=client.switches.authorization_details_types, bounds_of=_bounds_of)
    except DetailsRefused as refused:
        raise OAuth2Error(
            error=INVALID_DETAILS, description=f"The authorization_details: {refused}"
        ) from None


def _bounds_of(kind: str) -> dict[str, Any] | None:
    """A type is registered as a resource of that name; its metadata may list the values of the common fields."""
    with reading() as session:
        resource = Resources(session).by_name(kind)
        return None if resource is None else dict(resource.metadata_)
