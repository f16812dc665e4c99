"""Tokens that are bound to their sender: which key a request proves, and which key a token wants proved.

At endpoints that clients ask (token, PAR, device) `authenticated_form` calls `prove_keys`, which sets
`ProtocolRequest.confirmation`, and the token endpoint calls `require_keys`. Grants hold codes that name a key
(`dpop_jkt`) and refresh tokens of public clients (`token_families.confirmation`) against that confirmation.
Where access tokens are used, `resources` calls `check_sender`.
"""

from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, after_this_request

from portal.http.context import current_portal
from portal.oauth.client_certificates import client_certificate
from portal.oauth.dpop import HEADER, InvalidProofError, ProvedKey, proved_key
from portal.oauth.dpop.errors import NONCE_HEADER
from portal.oauth.requests import ProtocolRequest

JKT: Final = "jkt"
X5T: Final = "x5t#S256"
NO_CERTIFICATE: Final = "This needs the client certificate that the app's tokens are bound to."
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
    confirmation = {}
    if key is not None:
        request.must_be_new(key.once, else_raise=key.used_before)
        confirmation[JKT] = key.thumbprint
        offer_nonce(key)
    certificate = client_certificate()
    if certificate is not None and request.snapshot.switches.tls_client_certificate_bound_access_tokens:
        confirmation[X5T] = certificate.thumbprint
    request.confirmation = confirmation or None


def require_keys(request: ProtocolRequest) -> None:
    """An app whose access tokens are bound gets none without what they are bound to (RFC 9449 section 5.2, RFC 8705
    section 3.4).

    Raises:
        InvalidProofError, InvalidRequestError: there is no proof, or no certificate.
    """
    proved, switches = request.confirmation or {}, request.snapshot.switches
    if switches.dpop_bound_access_tokens and JKT not in proved:
        raise InvalidProofError(description=NO_PROOF)
    if switches.tls_client_certificate_bound_access_tokens and X5T not in proved:
        raise InvalidRequestError(NO_CERTIFICATE)


def offer_nonce(key: ProvedKey) -> None:
    """Send the next nonce along, whatever becomes of the request."""
    nonce = key.next_nonce
    if nonce is None:
        return

    @after_this_request
    def add(response: Response) -> Response:
        response.headers[NONCE_HEADER] = nonce
        return response
