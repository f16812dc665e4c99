"""Revocation (RFC 7009): a client gives a token back."""

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from flask import Response

from portal.grants.repository.tokens import StoredRefreshToken
from portal.grants.usecases.tokens import revoke_access_token, revoke_refresh_token
from portal.http.context import unit_of_work
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import METHODS
from portal.oauth.endpoints.token import authenticated_form
from portal.oauth.presented import GivenBack, given_back_by
from portal.oauth.provider import acting_client, provider
from portal.oauth.refusals import protocol_errors
from portal.oauth.requests import ProtocolRequest


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """One that is nobody's, or somebody else's, is as good as revoked (section 2.2): the answer tells nothing."""

    CLIENT_AUTH_METHODS = METHODS

    def authenticate_token(self, request: ProtocolRequest, client: RelyingClient) -> GivenBack | None:
        text = request.form.get("token")
        if text is None:
            raise InvalidRequestError("The parameter token is missing.")
        return given_back_by(client.snapshot, text, request.uow.session, at=request.uow.now)

    def revoke_token(self, token: GivenBack, request: ProtocolRequest) -> None:
        if isinstance(token, StoredRefreshToken):
            revoke_refresh_token(request.uow, token, client=request.snapshot)
        else:
            revoke_access_token(request.uow, token, client=request.snapshot)


@protocol_errors
def revoke() -> Response:
    """POST only."""
    asked = authenticated_form(will_act=True)
    with unit_of_work(acting_client(asked.snapshot)) as uow:
        asked.unit = uow
        answer: Response = provider().server.create_endpoint_response("revocation", asked)
        return answer
