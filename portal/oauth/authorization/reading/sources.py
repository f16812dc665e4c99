"""Where the parameters of a request stand: in the address, or with the portal already (RFC 9126)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidRequestError

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.pushed_requests import PushedRequests
from portal.grants.usecases.pushed_requests import PREFIX
from portal.http.context import current_portal, reading
from portal.oauth.authorization import refused
from portal.oauth.parameters import Parameters, gathered

NAMES: Final = frozenset({
    "response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "display", "prompt",
    "max_age", "ui_locales", "claims_locales", "id_token_hint", "login_hint", "acr_values", "claims", "registration",
    "code_challenge", "code_challenge_method", "resource", "authorization_details", "dpop_jkt",
})  # fmt: skip
"""What a request may say; everything else is ignored (RFC 6749 section 3.1), and not worth keeping."""


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
    return Source(parameters=outer)


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
