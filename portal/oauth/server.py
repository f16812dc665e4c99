"""Authlib's authorization server over our clients, and how it speaks HTTP."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from flask import Response

from portal.bootstrap import Portal
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import ClientRefusedError, Proven, authenticate_client
from portal.oauth.client_authentication.grants import used_before
from portal.oauth.extensions import IdToken, OpenIdScope, Pkce
from portal.oauth.grant_types import ClientCredentials, Code, Device, JwtBearer, Refresh, TokenExchange
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import json_answer

# at DEBUG it writes whole tokens into the log
logging.getLogger("authlib").setLevel(logging.INFO)


class Server(AuthorizationServer):  # type: ignore[misc]
    """Which grant types there are, who the clients are, and how answers look. One for each application."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._portal = portal
        self.register_grant(Code, [Pkce(required=True), OpenIdScope(), IdToken()])
        self.register_grant(Refresh, [IdToken()])
        self.register_grant(ClientCredentials)
        self.register_grant(Device, [IdToken()])
        self.register_grant(TokenExchange)
        self.register_grant(JwtBearer)

    def query_client(self, client_id: str) -> RelyingClient | None:
        snapshot = self._portal.clients.find(client_id)
        return RelyingClient(snapshot) if snapshot is not None else None

    def authenticate_client(
        self, request: ProtocolRequest, methods: Collection[str], _endpoint: str = "token"
    ) -> RelyingClient:
        """The client that speaks; asked again within one request, the same.

        Raises:
            ClientRefusedError, InvalidRequestError: nobody does, or not as they should.
        """
        if request.client is None:
            at = self._portal.ports.clock.now()
            proven = authenticate_client(request, self._portal, at=at)
            request.client, request.secret = RelyingClient(proven.client), proven.secret
            request.is_proved_by_grant = proven.is_by_grant
            if proven.once is not None:
                request.must_be_new(proven.once, else_raise=_used_before(proven))
        method = request.snapshot.token_endpoint_auth_method
        if method not in methods:
            raise ClientRefusedError(
                "This needs a client that can prove itself.", claimed=request.snapshot.client_id
            )
        return request.client

    def authenticate_afresh(self, request: ProtocolRequest) -> None:
        """The copy turned out to be old: whoever spoke has to be the client as it is now.

        Raises:
            InvalidClientError: they are not.
        """
        at = self._portal.ports.clock.now()
        proven = authenticate_client(request, self._portal, at=at, afresh=True, may_fetch=False)
        if request.client is not None:
            request.client.snapshot = proven.client

    def create_oauth2_request(self, request: ProtocolRequest) -> ProtocolRequest:
        """The door has made it already."""
        return request

    def validate_requested_scope(self, scope: str | None) -> None:
        """A client gets what remains of its wish (`RelyingClient.get_allowed_scope`); unknown scopes are no error."""

    def handle_response(
        self, status: int, body: Mapping[str, Any], headers: Iterable[tuple[str, str]]
    ) -> Response:
        return json_answer(body, status, headers)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """What happens is told by our own events."""

    def get_error_uri(self, request: ProtocolRequest, error: OAuth2Error) -> str | None:  # noqa: ARG002
        """The description says it."""
        return None


def _used_before(proven: Proven) -> ClientRefusedError:
    if proven.is_by_grant:
        return used_before(proven)
    return ClientRefusedError(
        "The client_assertion was used before: make a new one, with a jti of its own, for each request.",
        claimed=proven.client.client_id,
        method=proven.client.token_endpoint_auth_method,
    )
