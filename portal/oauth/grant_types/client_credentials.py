"""Client credentials (RFC 6749 section 4.4): a client speaks for itself."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from portal.clients.snapshots import is_current
from portal.grants.usecases.tokens import issue_client_token
from portal.oauth.adapters import RelyingClient
from portal.oauth.grant_types.tokens import issuer, token_type
from portal.oauth.requests import ProtocolRequest


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """A token whose subject is the client. It is not stored, and there is never a refresh token."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
    request: ProtocolRequest

    def validate_token_request(self) -> None:
        super().validate_token_request()
        if not is_current(self.request.uow.session, self.request.snapshot):
            self.server.authenticate_afresh(self.request)

    def validate_requested_scope(self) -> None:
        """A wish of which nothing remains is an error; without a wish there is nothing to grant either."""
        wished = self.request.payload.scope
        if wished and not RelyingClient(self.request.snapshot).get_allowed_scope(wished):
            raise InvalidScopeError

    def generate_token(self, scope: str | None = None, **_further: object) -> dict[str, Any]:
        client = self.request.snapshot
        allowed = RelyingClient(client).get_allowed_scope(scope) or ""
        at = self.request.uow.now
        issue_client_token(self.request.uow, client, scope=allowed)
        return {
            "access_token": issuer().client_token(
                client, scope=allowed, at=at, confirmation=self.request.confirmation
            ),
            "token_type": token_type(self.request),
            "expires_in": issuer().lifetime_seconds,
            **({"scope": allowed} if allowed else {}),
        }

    def save_token(self, token: dict[str, Any]) -> None:
        """What it says is signed into it."""
