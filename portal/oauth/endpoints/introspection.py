"""Introspection (RFC 7662): what a client's own token is worth now."""

from typing import Any, Final

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Response, request

from portal.clients.snapshots import ClientSnapshot
from portal.grants.services.signed_answers import sign_introspection
from portal.http.context import current_portal, reading
from portal.oauth.adapters import PresentedRefreshToken
from portal.oauth.client_authentication import METHODS
from portal.oauth.endpoints.presented import LiveAccessToken, Presented, token_of
from portal.oauth.endpoints.token import authenticated_form
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
        with reading() as session:
            token = token_of(client, text, session, at=at)
        if token is not None and token.client_version not in {None, client.version}:
            self.server.authenticate_afresh(request)  # a secret that was revoked elsewhere learns nothing
        if isinstance(token, PresentedRefreshToken) and not token.is_live(at=at):
            token = None
        body = {"active": False} if token is None else {"active": True, **_facts(token, client)}
        return 200, body, default_json_headers


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
    return any(kind == SIGNED and quality > 0 for kind, quality in request.accept_mimetypes)


def _facts(token: Presented, client: ClientSnapshot) -> dict[str, Any]:
    common = {"client_id": client.client_id, "iss": current_portal().settings.base_url}
    if isinstance(token, LiveAccessToken):
        return common | _of_access_token(token)
    return common | _of_refresh_token(token, client)


def _of_access_token(live: LiveAccessToken) -> dict[str, Any]:
    token = live.token
    facts = {
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
    return facts | ({"username": live.standing.user.username} if live.standing else {})


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
