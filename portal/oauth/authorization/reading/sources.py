"""Where the parameters of a request stand: in the address, with the portal already (RFC 9126), or in what the client
has signed (RFC 9101).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidRequestError

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.pushed_requests import PushedRequests
from portal.grants.usecases.pushed_requests import PREFIX
from portal.http.context import current_portal, reading
from portal.oauth.authorization import refused
from portal.oauth.authorization.reading.names import NAMES
from portal.oauth.authorization.reading.objects import unpacked
from portal.oauth.parameters import Parameters, gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The parameters that count."""

    parameters: Parameters
    pushed_id: UUID | None = None
    """The row that they were kept in."""


def source_of(outer: Parameters, client: ClientSnapshot) -> Source:
    """The parameters that an address stands for.

    Raises:
        OAuth2Error: the client sends its requests in another way.
        RequestRefusedError: what the address refers to is no use, so nobody knows where the answer would go.
    """
    reference = outer.get("request_uri")
    if reference is not None and reference.startswith(PREFIX):
        return _pushed(reference, client)
    if client.switches.require_pushed_authorization_requests:
        raise InvalidRequestError("This client has to push its requests (RFC 9126).")
    return Source(parameters=signed_or_plain(outer, client))


def signed_or_plain(outer: Parameters, client: ClientSnapshot) -> Parameters:
    """The parameters that count, where a client may sign them or has to.

    Raises:
        OAuth2Error: it has to and did not, or the request object is no use.
    """
    signed = unpacked(outer, client)
    if signed is None and client.switches.require_signed_request_object:
        raise InvalidRequestError("This client has to sign its requests (RFC 9101).")
    return outer if signed is None else signed


def kept(parameters: Parameters) -> dict[str, Any]:
    """Parameters as a row keeps them: a value for a name, a list where it may repeat."""
    return {
        name: list(values) if len(values) > 1 else values[0]
        for name in sorted(NAMES - {"dpop_jkt"})
        if (values := parameters.all(name))
    }


def _pushed(reference: str, client: ClientSnapshot) -> Source:
    """What was pushed under this reference; copies beside it in the address count for nothing (RFC 9126 section 4)."""
    with reading() as session:
        row = PushedRequests(session).find(reference.removeprefix(PREFIX))
    if row is None or row.client_pk != client.id:
        raise refused.request_uri_unknown(client)
    if row.used_at is not None:
        raise refused.request_uri_used(client)
    if current_portal().ports.clock.now() >= row.expires_at:
        raise refused.request_uri_expired(client)
    pairs = [*_pairs(row.parameters), *([("dpop_jkt", row.dpop_jkt)] if row.dpop_jkt else [])]
    return Source(parameters=gathered(pairs), pushed_id=row.id)


def _pairs(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        yield from ((name, one) for one in (value if isinstance(value, list) else [value]))
