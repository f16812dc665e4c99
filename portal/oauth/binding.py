"""Tokens that are bound to their sender: which key a request proves, and which key a token wants proved.

At endpoints that clients ask (token, PAR, device) `authenticated_form` calls `prove_keys`, which sets
`ProtocolRequest.confirmation`, and the token endpoint calls `require_keys`. Grants hold codes that name a key
(`dpop_jkt`) and refresh tokens of public clients (`token_families.confirmation`) against that confirmation.
Where access tokens are used, `resources` calls `check_sender`.
"""

from typing import Final

from flask import Response, after_this_request

from portal.http.context import current_portal
from portal.oauth.dpop import HEADER, InvalidProofError, ProvedKey, proved_key
from portal.oauth.dpop.errors import NONCE_HEADER
from portal.oauth.requests import ProtocolRequest

JKT: Final = "jkt"
X5T: Final = "x5t#S256"
NO_PROOF: Final = "This needs a DPoP proof, in a header called DPoP."


def prove_keys(request: ProtocolRequest) -> None:
    """Find out what the request proves to come from; proving nothing is no error here.

    Raises:
        InvalidProofError, NonceNeededError: there is a proof, and it does not do.
    """
    portal = current_portal()
    key = proved_key(
        request.headers.getlist(HEADER),
        portal,
        method=request.method,
        address=request.uri,
        at=portal.ports.clock.now(),
    )
    if key is not None:
        request.must_be_new(key.once, else_raise=key.used_before)
        request.confirmation = {JKT: key.thumbprint}
        offer_nonce(key)


def require_keys(request: ProtocolRequest) -> None:
    """An app whose access tokens are bound gets none without a proof (RFC 9449 section 5.2).

    Raises:
        InvalidProofError: there is none.
    """
    if request.snapshot.switches.dpop_bound_access_tokens and JKT not in (request.confirmation or {}):
        raise InvalidProofError(description=NO_PROOF)


def offer_nonce(key: ProvedKey) -> None:
    """Send the next nonce along, whatever becomes of the request."""
    nonce = key.next_nonce
    if nonce is None:
        return

    @after_this_request
    def add(response: Response) -> Response:
        response.headers[NONCE_HEADER] = nonce
        return response
