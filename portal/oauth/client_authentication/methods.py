"""Each method by its registered name, and the client that is proved to speak by one of them."""

from datetime import datetime
from typing import Final

from portal.bootstrap import Portal
from portal.clients.snapshots import ClientSnapshot
from portal.oauth.client_authentication.assertions import PRIVATE_KEY_JWT, prove_by_assertion
from portal.oauth.client_authentication.errors import ClientRefusedError
from portal.oauth.client_authentication.presented import Desk, Presented, Proof, Proven
from portal.oauth.client_authentication.reading import PUBLIC, read_presented
from portal.oauth.client_authentication.secrets import BASIC, POST, prove_by_secret
from portal.oauth.requests import ProtocolRequest


def prove_nothing(client: ClientSnapshot, _given: Presented, _desk: Desk) -> Proven:
    """`none`: a public client, whose codes are bound by PKCE alone (RFC 6749 section 2.1)."""
    return Proven(client)


PROOFS: Final[dict[str, Proof]] = {
    BASIC: prove_by_secret,
    POST: prove_by_secret,
    PRIVATE_KEY_JWT: prove_by_assertion,
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
    desk = Desk(portal=portal, endpoint=request.uri, at=at, may_fetch=may_fetch)
    if not afresh:
        try:
            return _proven(portal.clients.find(given.client_id), given, desk)
        except ClientRefusedError:
            pass  # the copy may be older than a new client, key or secret
    return _proven(portal.clients.reload(given.client_id), given, desk)


def _proven(client: ClientSnapshot | None, given: Presented, desk: Desk) -> Proven:
    if client is None or not client.is_active:
        raise given.refused("No active client has this client_id.")
    method = client.token_endpoint_auth_method
    if method not in given.methods:
        raise given.refused(f"This client is registered for {method}, and {given.methods[0]} was used.")
    return PROOFS[method](client, given, desk)
