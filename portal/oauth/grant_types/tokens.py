"""What the grant types have in common: a current client, and the tokens of an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, UnauthorizedClientError

from portal.clients.snapshots import is_current
from portal.grants.services import Issued, Issuer
from portal.grants.services.access_tokens import write_access_token, write_client_token
from portal.grants.services.chains import Refused
from portal.http.context import current_portal
from portal.oauth.requests import ProtocolRequest

REFUSED = "The code or refresh token is unknown, used, expired, revoked, or was issued to another client."
"""One sentence for all of it: who holds a stolen token learns nothing."""


def issuer() -> Issuer:
    return current_portal().issuer


def confirm_client(grant: Any, version: datetime) -> None:  # noqa: ANN401 - one of Authlib's grants, untyped
    """The row of the code or token says what version its client has now; an older copy proves nothing.

    Raises:
        InvalidClientError: asked anew, the client is disabled, or its secret revoked.
        UnauthorizedClientError: it may not use this grant type any more.
    """
    request: ProtocolRequest = grant.request
    if request.snapshot.version != version:
        _ask_anew(grant, request)


def must_be_current(grant: Any) -> None:  # noqa: ANN401 - one of Authlib's grants, untyped
    """The same, for a grant with no row that would say it; one statement.

    Raises:
        InvalidClientError, UnauthorizedClientError: as above.
    """
    request: ProtocolRequest = grant.request
    if not is_current(request.uow.asking, request.snapshot):
        _ask_anew(grant, request)


def _ask_anew(grant: Any, request: ProtocolRequest) -> None:  # noqa: ANN401
    grant.server.authenticate_afresh(request)
    if grant.GRANT_TYPE not in request.snapshot.grant_types:
        raise UnauthorizedClientError("This client may not use this grant_type any more.")


def token_type(request: ProtocolRequest) -> str:
    """How the access token is to be sent: one that is bound to a DPoP key only with a proof (RFC 9449 section 5)."""
    return "DPoP" if request.confirmation and "jkt" in request.confirmation else "Bearer"


def tokens_of_a_person(request: ProtocolRequest, issued: Issued, scope: str) -> dict[str, Any]:
    """The answer of the token endpoint, without the ID token that OpenID Connect adds (RFC 6749 section 5.1)."""
    at = request.uow.now
    answer = {
        "access_token": write_access_token(
            request.uow,
            issuer(),
            issued,
            client=request.snapshot,
            scope=scope,
            confirmation=request.confirmation,
        ),
        "token_type": token_type(request),
        "expires_in": issuer().seconds_of(issued, at=at),
        "scope": scope,
    }
    if issued.authorization_details:  # as they were granted (RFC 9396 section 7)
        answer["authorization_details"] = [dict(detail) for detail in issued.authorization_details]
    return answer | ({"refresh_token": issued.refresh_token} if issued.refresh_token else {})


def token_of_a_client(request: ProtocolRequest, scope: str, resources: Sequence[str]) -> dict[str, Any]:
    """The answer to a client that speaks for itself: never a refresh token (RFC 6749 section 4.4.3)."""
    client = request.snapshot
    return {
        "access_token": write_client_token(
            request.uow,
            issuer(),
            client,
            scope=scope,
            resources=resources,
            confirmation=request.confirmation,
        ),
        "token_type": token_type(request),
        "expires_in": issuer().client_seconds(client),
        **({"scope": scope} if scope else {}),
    }


def or_refused(outcome: Issued | Refused) -> Issued:
    """What was issued.

    Raises:
        InvalidGrantError: nothing was.
    """
    if isinstance(outcome, Refused):
        raise InvalidGrantError(REFUSED)
    return outcome
