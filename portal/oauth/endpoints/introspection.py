"""Introspection (RFC 7662): what a token is worth now, for whom it was issued to, and for the API that it is for."""

from datetime import datetime
from typing import Any, Final

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Response, request
from sqlalchemy import Connection

from portal.clients.snapshots import ClientSnapshot, is_current
from portal.grants.services.signed_answers import sign_introspection
from portal.http.context import asking, current_portal
from portal.oauth.adapters import PresentedRefreshToken
from portal.oauth.client_authentication import METHODS
from portal.oauth.endpoints.token import authenticated_form
from portal.oauth.presented import LiveAccessToken, Presented, token_for
from portal.oauth.provider import provider
from portal.oauth.refusals import protocol_errors
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import json_answer, token_answer

CONFIDENTIAL: Final = tuple(method for method in METHODS if method != "none")
SIGNED: Final = "application/token-introspection+jwt"


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """Of somebody else's token, as of none at all: not active, and nothing more."""

    CLIENT_AUTH_METHODS = CONFIDENTIAL

    def create_endpoint_response(
        self, request: ProtocolRequest
    ) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client: ClientSnapshot = self.authenticate_endpoint_client(request).snapshot
        text = request.form.get("token")
        if text is None:
            raise InvalidRequestError("The parameter token is missing.")
        at = current_portal().ports.clock.now()
        with asking() as connection:
            token = token_for(client, text, connection, at=at)
            is_old = token is not None and _is_old(client, token, connection)
        if is_old:
            self.server.authenticate_afresh(request)  # a secret that was revoked elsewhere learns nothing
            client = request.snapshot
        if token is None or not _may_ask(client, token, at=at):
            return 200, {"active": False}, default_json_headers
        return 200, {"active": True, **_facts(token, client)}, default_json_headers


def _is_old(client: ClientSnapshot, token: Presented, connection: Connection) -> bool:
    """Whether the copy of the client is older than its row. What was issued to it brings the version along."""
    if token.check_client(client):
        return token.client_version not in {None, client.version}
    return not is_current(connection, client)


def _may_ask(client: ClientSnapshot, token: Presented, *, at: datetime) -> bool:
    """As the client is now."""
    if isinstance(token, PresentedRefreshToken):
        return token.is_live(at=at)
    return token.check_client(client) or token.is_for(client)


@protocol_errors
def introspect() -> Response:
    """POST only, by a client that can prove itself; as a signed token, if it would rather have that (RFC 9701)."""
    asked = authenticated_form()
    _, facts, _ = Introspection(provider().server)(asked)
    if not _wants_a_token():
        return json_answer(facts)
    at = current_portal().ports.clock.now()
    return token_answer(sign_introspection(current_portal().issuer, asked.snapshot, facts, at=at), SIGNED)


def _wants_a_token() -> bool:
    """Whether the caller names the form (RFC 9701 section 4); who takes anything is not meant."""
    accepted = request.headers.get("Accept", "")
    return SIGNED in accepted.lower() and any(
        kind == SIGNED and quality > 0 for kind, quality in request.accept_mimetypes
    )


def _facts(token: Presented, client: ClientSnapshot) -> dict[str, Any]:
    """`client_id` is whom it was issued to. What the person is called here is for the app that they signed in to."""
    issuer = {"iss": current_portal().settings.base_url}
    if not isinstance(token, LiveAccessToken):
        return {"client_id": client.client_id, **issuer, **_of_refresh_token(token, client)}
    facts = {"client_id": token.token.client_id, **issuer, **_of_access_token(token)}
    if token.standing is not None and token.check_client(client):
        facts["username"] = token.standing.user.username
    return facts


def _of_access_token(live: LiveAccessToken) -> dict[str, Any]:
    token = live.token
    return {
        "token_type": "DPoP" if "jkt" in token.confirmation else "Bearer",
        "scope": token.scope,
        "sub": token.subject,
        "aud": token.audience[0] if len(token.audience) == 1 else list(token.audience),
        "exp": token.expires_at,
        "iat": token.issued_at,
        "jti": token.jti,
        **({"cnf": dict(token.confirmation)} if token.confirmation else {}),
        **({"act": dict(token.actor)} if token.actor else {}),
        **({"authorization_details": [*token.authorization_details]} if token.authorization_details else {}),
        **live.held.claims(token.told),
    }


def _of_refresh_token(token: PresentedRefreshToken, client: ClientSnapshot) -> dict[str, Any]:
    row, family = token.stored.row, token.stored.family
    return {
        "token_type": "refresh_token",
        "scope": family.scope,
        "sub": current_portal().issuer.subject_of(client, family.user_id),
        "username": token.stored.life.username,
        "exp": int(row.expires_at.timestamp()),
        "iat": int(row.created_at.timestamp()),
    }
