"""A client speaks for itself: by its credentials (RFC 6749 section 4.4), or by what it has signed (RFC 7523)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from portal.grants.usecases.tokens import issue_client_token
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import CONFIDENTIAL
from portal.oauth.grant_types.tokens import must_be_current, token_of_a_client
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import targets_of


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """A token whose subject is the client. There is never a refresh token, and no family behind it."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL
    request: ProtocolRequest
    resources: tuple[str, ...] = ()

    def validate_token_request(self) -> None:
        super().validate_token_request()
        must_be_current(self)
        self.resources = targets_of(self.request, self.request.snapshot.switches.resources, usual=False)

    def validate_requested_scope(self) -> None:
        """A wish of which nothing remains is an error; without a wish there is nothing to grant either."""
        wished = self.request.payload.scope
        if wished and not RelyingClient(self.request.snapshot).get_allowed_scope(wished):
            raise InvalidScopeError

    def generate_token(self, scope: str | None = None, **_further: object) -> dict[str, Any]:
        client = self.request.snapshot
        allowed = RelyingClient(client).get_allowed_scope(scope) or ""
        issue_client_token(self.request.uow, client, scope=allowed, grant_type=self.GRANT_TYPE)
        return token_of_a_client(self.request, allowed, self.resources)

    def save_token(self, token: dict[str, Any]) -> None:
        """What it says is signed into it, or was kept when it was written."""
