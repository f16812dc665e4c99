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
        scope_of_its_own(self.request)

    def generate_token(self, scope: str | None = None, **_further: object) -> dict[str, Any]:  # noqa: ARG002 - Authlib's
        return token_of_its_own(self.request, self.resources, grant_type=self.GRANT_TYPE)

    def save_token(self, token: dict[str, Any]) -> None:
        """What it says is signed into it, or was kept when it was written."""


def scope_of_its_own(request: ProtocolRequest) -> str:
    """What a client may have of its wish for itself. Without a wish there is nothing to grant.

    Raises:
        InvalidScopeError: it wished for something, and nothing of that remains.
    """
    wished = request.form.get("scope")
    allowed = RelyingClient(request.snapshot).get_allowed_scope(wished) or ""
    if wished and not allowed:
        raise InvalidScopeError
    return allowed


def token_of_its_own(
    request: ProtocolRequest, resources: tuple[str, ...], *, grant_type: str
) -> dict[str, Any]:
    """A token with which the client speaks for itself, remembered as issued by this grant."""
    scope = scope_of_its_own(request)
    issue_client_token(request.uow, request.snapshot, scope=scope, grant_type=grant_type)
    return token_of_a_client(request, scope, resources)
