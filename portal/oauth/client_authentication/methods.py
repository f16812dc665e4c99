"""Each method by its registered name, and the client that is proved to speak by one of them."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from portal.bootstrap import Portal
from portal.clients.snapshots import ClientSnapshot
from portal.infra.settings import Settings
from portal.oauth.client_authentication.assertions import PRIVATE_KEY_JWT, prove_by_assertion
from portal.oauth.client_authentication.certificates import (
    BY_AUTHORITY,
    SELF_SIGNED,
    prove_by_authority,
    prove_by_own_certificate,
)
from portal.oauth.client_authentication.errors import ClientRefusedError
from portal.oauth.client_authentication.grants import prove_by_grant
from portal.oauth.client_authentication.presented import JWT_BEARER, Desk, Presented, Proof, Proven
from portal.oauth.client_authentication.reading import PUBLIC, read_presented
from portal.oauth.client_authentication.secrets import BASIC, POST, prove_by_secret
from portal.oauth.client_certificates import client_certificate
from portal.oauth.client_documents import DocumentRefusedError, client_of
from portal.oauth.requests import ProtocolRequest


def prove_nothing(client: ClientSnapshot, _given: Presented, _desk: Desk) -> Proven:
    """`none`: a public client, whose codes are bound by PKCE alone (RFC 6749 section 2.1)."""
    return Proven(client)


PROOFS: Final[dict[str, Proof]] = {
    BASIC: prove_by_secret,
    POST: prove_by_secret,
    PRIVATE_KEY_JWT: prove_by_assertion,
    BY_AUTHORITY: prove_by_authority,
    SELF_SIGNED: prove_by_own_certificate,
    PUBLIC: prove_nothing,
}
METHODS: Final = tuple(PROOFS)
CONFIDENTIAL: Final = tuple(method for method in METHODS if method != PUBLIC)


def authenticate_client(
    request: ProtocolRequest, portal: Portal, *, at: datetime, afresh: bool = False, may_fetch: bool = True
) -> Proven:
    """The client that this request speaks for. `afresh` trusts no copy made before this moment; within a transaction
    nothing may be fetched.

    Raises:
        ClientRefusedError: nobody is it, or not by this method.
        InvalidRequestError: two methods at once.
    """
    given = read_presented(request)
    desk = Desk(
        portal=portal,
        endpoint=request.uri,
        at=at,
        may_fetch=may_fetch,
        certificate=client_certificate(),
    )
    if not afresh:
        try:
            return _proven(portal.clients.find(given.client_id), given, desk)
        except ClientRefusedError:
            pass  # the copy may be older than a new client, key or secret
    return _proven(portal.clients.reload(given.client_id) or _documented(given, desk), given, desk)


def _documented(given: Presented, desk: Desk) -> ClientSnapshot | None:
    """An app that pushes its request may come here before any browser does; its document says who it is."""
    try:
        return client_of(given.client_id) if desk.may_fetch else None
    except DocumentRefusedError as unusable:
        raise given.refused(unusable.reason) from None


def _proven(client: ClientSnapshot | None, given: Presented, desk: Desk) -> Proven:
    if client is None or not client.is_active:
        raise given.refused("No active client has this client_id.")
    method = client.token_endpoint_auth_method
    if JWT_BEARER in given.methods:
        return prove_by_grant(client, given, desk)
    if method not in given.methods:
        raise given.refused(f"This client is registered for {method}, and {given.methods[0]} was used.")
    return PROOFS[method](client, replace(given, methods=(method,)), desk)


def methods_offered(settings: Settings) -> tuple[str, ...]:
    """Those that can work with these settings, for the metadata: certificates come only by a proxy that is named, and
    count by their names only where somebody is believed about them.
    """
    impossible = set()
    if settings.client_certificate_header is None:
        impossible = {BY_AUTHORITY, SELF_SIGNED}
    elif settings.client_certificate_authorities is None:
        impossible = {BY_AUTHORITY}
    return tuple(method for method in METHODS if method not in impossible)
