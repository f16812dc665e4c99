"""JWT bearer (RFC 7523 section 2.1): a service account signs who it is, and speaks for itself."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.hooks import hooked

from portal.http.context import current_portal
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import CONFIDENTIAL, JWT_BEARER
from portal.oauth.client_authentication.grants import ASSERTION, prove_by_grant, read_grant, used_before
from portal.oauth.client_authentication.presented import Desk
from portal.oauth.grant_types.client_credentials import token_of_its_own
from portal.oauth.grant_types.tokens import must_be_current
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import targets_of

PROVED: Final = "proved"


def prove_assertion(request: ProtocolRequest) -> str | None:
    """Hold the assertion of a client that has proved itself by something else against its keys, which may have to be
    fetched; None for a client that may not use this grant.

    Raises:
        InvalidRequestError, AssertionRefusedError: there is none, or it is not the client's.
    """
    client = request.snapshot
    if JWT_BEARER not in client.grant_types:
        return None
    if request.is_proved_by_grant:
        return PROVED
    text = request.form.get(ASSERTION)
    if text is None:
        raise InvalidRequestError("The assertion is missing.")
    portal = current_portal()
    desk = Desk(portal=portal, endpoint=request.uri, at=portal.ports.clock.now(), may_fetch=True)
    proven = prove_by_grant(client, read_grant(text, claimed=client.client_id), desk)
    if proven.once is not None:
        request.must_be_new(proven.once, else_raise=used_before(proven))
    return PROVED


class JwtBearer(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """As with client credentials there is never a refresh token, and no family behind it."""

    GRANT_TYPE = JWT_BEARER
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL
    request: ProtocolRequest
    resources: tuple[str, ...] = ()

    def validate_token_request(self) -> None:
        client: RelyingClient = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE) or self.request.basis != PROVED:
            raise UnauthorizedClientError("This client is not registered for assertions as a grant.")
        must_be_current(self)
        self.resources = targets_of(self.request, self.request.snapshot.switches.resources, usual=False)

    @hooked  # type: ignore[untyped-decorator]
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        answer = token_of_its_own(self.request, self.resources, grant_type=self.GRANT_TYPE)
        return 200, answer, self.TOKEN_RESPONSE_HEADER
