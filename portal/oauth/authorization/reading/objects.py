"""Request objects: the parameters of a request that its client has signed, sent along or fetched from the client."""

import hashlib
from typing import Final
from uuid import UUID

import structlog
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import InvalidRequestObjectError, InvalidRequestURIError

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.request_objects import TYPES, ObjectRefused, check_object, parameters_in
from portal.http.context import current_portal
from portal.infra.cache import Json, cached
from portal.infra.crypto.jose import ALGORITHMS, Claims, TokenRefused
from portal.infra.fetch import FetchError
from portal.oauth.authorization.reading.names import NAMES
from portal.oauth.parameters import Parameters, gathered

log = structlog.get_logger(__name__)

MEDIA_TYPES: Final = ("application/oauth-authz-req+jwt", "application/jwt")
KEEP_SECONDS: Final = 15.0
"""A fetched object, or the news that there is none, answers whoever asks within that time."""
FAPI_ALGORITHMS: Final = ("PS256", "ES256", "EdDSA")


def unpacked(outer: Parameters, client: ClientSnapshot) -> Parameters | None:
    """The parameters that the client signed; None if it sent none of that sort. What it also sent outside counts where
    the object is silent (Core 6.1), except from a client that has to sign (RFC 9101 section 6.3).

    Raises:
        OAuth2Error: they are not its own, or not in order.
    """
    text, reference = outer.get("request"), outer.get("request_uri")
    if text is not None and reference is not None:
        raise InvalidRequestError("There is both a request and a request_uri.")
    if reference is not None:
        text = _fetched(reference, client)
    if text is None:
        return None
    inner = _parameters(_claims(text, client), client)
    if client.switches.require_signed_request_object:
        return inner
    return _joined(inner, outer)


def _claims(text: str, client: ClientSnapshot) -> Claims:
    """What the client says, checked."""
    portal = current_portal()
    try:
        claims = portal.client_keys.verify(client, text, algorithms=_algorithms(client), types=TYPES)
        check_object(
            claims,
            issuer=portal.settings.base_url,
            client_id=client.client_id,
            now=portal.ports.clock.now().timestamp(),
            is_strict=client.switches.require_signed_request_object,
        )
    except TokenRefused as refused:
        log.info("request_object_refused", client_id=client.client_id, reason=refused.reason)
        raise InvalidRequestObjectError(
            "The request object is not signed by this client as it is registered to."
        ) from None
    except ObjectRefused as refused:
        raise InvalidRequestObjectError(str(refused)) from None
    return claims


def _algorithms(client: ClientSnapshot) -> tuple[str, ...]:
    """What the client may sign with; FAPI 2.0 knows no RS256 (section 5.4)."""
    registered = client.switches.request_object_signing_alg
    if registered is not None:
        return (registered,)
    return FAPI_ALGORITHMS if client.kind == "fapi2" else ALGORITHMS


def _parameters(claims: Claims, client: ClientSnapshot) -> Parameters:
    try:
        inner = gathered([*parameters_in({**claims, "client_id": client.client_id}, NAMES)])
    except ObjectRefused as refused:
        raise InvalidRequestObjectError(str(refused)) from None
    if inner.problem:
        raise InvalidRequestObjectError("The request object has a value that is no text.")
    return inner


def _joined(inner: Parameters, outer: Parameters) -> Parameters:
    """Inside wins; a response type that stands in both places has to be the same (Core 6.1)."""
    both = {outer.get("response_type"), inner.get("response_type")} - {None}
    if len(both) > 1:
        raise InvalidRequestObjectError("The response_type differs inside and outside of the request object.")
    left = [pair for pair in outer.pairs if pair[0] in NAMES and inner.get(pair[0]) is None]
    return gathered([*inner.pairs, *left])


def _fetched(reference: str, client: ClientSnapshot) -> str:
    """The object at an address that the client has registered. The fragment, which may say what is there (Core 6.2),
    tells apart what is kept, and is never sent.
    """
    address = reference.partition("#")[0]
    if address not in {registered.partition("#")[0] for registered in client.switches.request_uris}:
        raise InvalidRequestURIError("The request_uri is not registered for this client.")
    kept = _document(current_portal().ports.cache, client.id, reference)
    if not isinstance(kept, str) or not kept:
        raise InvalidRequestURIError("There is no request object at the request_uri.")
    return kept


def _key(client_pk: UUID, reference: str) -> str:
    return f"request_object:{client_pk}:{hashlib.sha256(reference.encode()).hexdigest()}"


@cached(_key, ttl_seconds=KEEP_SECONDS)
def _document(client_pk: UUID, reference: str) -> Json:  # noqa: ARG001 - each app has its own
    """The document, empty where there is none."""
    address = reference.partition("#")[0]
    try:
        return current_portal().ports.fetcher.get(address, accept=MEDIA_TYPES).body.decode("ascii").strip()
    except (FetchError, UnicodeDecodeError) as away:
        log.info("request_object_not_fetched", reason=getattr(away, "reason", "bytes"))
        return ""
