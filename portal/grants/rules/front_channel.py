"""Tokens through the browser (OpenID Connect Core 3.2, 3.3): off by default, per app, and never what has to be bound.

Whatever brings the browser back can read them there, nothing ties them to the app that asked (RFC 9700 section 2.1.2),
so the code flow is what everybody gets who does not insist.
"""

from typing import Final

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.interaction import Fault
from portal.grants.rules.response_types import CODE, has_id_token
from portal.grants.rules.scopes import OPENID
from portal.grants.schemas import AuthorizationRequest

IMPLICIT: Final = "implicit"
"""The grant type that an app is registered for beside such response types (OpenID Connect Registration 2)."""

NOT_HERE: Final = Fault("unsupported_response_type", "This portal gives codes only.")
NOT_REGISTERED: Final = Fault("unauthorized_client", "This client is not registered for this response_type.")
NO_OPENID: Final = Fault("invalid_scope", "An ID token needs the scope openid.")
NO_NONCE: Final = Fault("invalid_request", "The nonce is missing; with this response_type it is required.")
NOT_BOUND: Final = Fault(
    "unauthorized_client", "A token that has to be bound to a key can not come through the browser."
)


def has_access_token(response_type: str) -> bool:
    return "token" in response_type.split()


def front_channel_fault(
    request: AuthorizationRequest, client: ClientSnapshot, *, is_on: bool
) -> Fault | None:
    """Why this app does not get what comes through the browser; None where it does, or asks for a code alone.

    Decided when the answer is given, too: setting and registration may have changed while the person signed in.
    """
    kind = request.response_type
    if kind == CODE:
        return None
    is_registered = IMPLICIT in client.grant_types and kind in client.response_types
    must_be_bound = _binds_tokens(client) or request.dpop_jkt is not None
    faults = (
        (not is_on, NOT_HERE),
        (not is_registered, NOT_REGISTERED),
        (has_id_token(kind) and OPENID not in request.scopes, NO_OPENID),
        (has_id_token(kind) and request.nonce is None, NO_NONCE),
        (has_access_token(kind) and must_be_bound, NOT_BOUND),
    )
    return next((fault for is_so, fault in faults if is_so), None)


def _binds_tokens(client: ClientSnapshot) -> bool:
    """Whether its access tokens need a key that nobody proves at this endpoint (RFC 9449 section 5, RFC 8705)."""
    switches = client.switches
    return switches.dpop_bound_access_tokens or switches.tls_client_certificate_bound_access_tokens
