"""The UserInfo endpoint (OpenID Connect Core 5.3)."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from flask import Response, request

from portal.grants.repository.tokens import AccessStanding
from portal.grants.rules.claims import claims_about, names_of
from portal.grants.services.signed_answers import sign_userinfo
from portal.http.context import current_portal, reading
from portal.oauth.encryption import encrypted, make_ready
from portal.oauth.endpoints.presented import LiveAccessToken, live_access_token
from portal.oauth.parameters import form_of, query_of
from portal.oauth.refusals import answer_of, protocol_errors
from portal.oauth.responses import json_answer, token_answer


class TokenMissingError(OAuth2Error):  # type: ignore[misc]
    """No token at all: the scheme to use, and no error code in the header (RFC 6750 section 3.1)."""

    error = "invalid_token"
    description = "Send an access token as Authorization: Bearer."
    status_code = 401


@protocol_errors
def userinfo() -> Response:
    """Claims about the person behind an access token with the scope `openid`."""
    at = current_portal().ports.clock.now()
    try:
        with reading() as session:
            live = live_access_token(_token_text(), session, at=at, will_tell=True)
        return _answer(*_person_behind(live))
    except (InvalidTokenError, InsufficientScopeError, TokenMissingError) as refusal:
        return _challenge(refusal)


def _token_text() -> str:
    """The one token of this request: from the header or a posted body, never from the address (RFC 9700 4.3.2).

    Raises:
        TokenMissingError, InvalidRequestError: there is none, or more than one.
    """
    header = request.headers.get("Authorization")
    posted = form_of(request).get("access_token") if request.method == "POST" else None
    if header is not None and posted is not None:
        raise InvalidRequestError("The access token is sent twice, in the header and in the body.")
    if query_of(request).get("access_token"):
        raise InvalidRequestError("An access token in the address is never accepted.")
    if posted is not None:
        return posted
    scheme, _, text = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise TokenMissingError
    return text.strip()


def _person_behind(live: LiveAccessToken | None) -> tuple[LiveAccessToken, AccessStanding]:
    """Authlib judges token and scope; a client's own token is about nobody, and one for other APIs is not for us
    (RFC 9068 section 4).

    Raises:
        InvalidTokenError, InsufficientScopeError
    """
    BearerTokenValidator().validate_token(live, ["openid"], request)
    if live is None or live.standing is None or current_portal().issuer.issuer not in live.token.audience:
        raise InvalidTokenError
    return live, live.standing


def _answer(live: LiveAccessToken, standing: AccessStanding) -> Response:
    """JSON, or a token of the form that the client is registered for (section 5.3.2)."""
    portal, claims = current_portal(), _claims(live, standing)
    client = portal.clients.find(live.token.client_id)
    signed = sign_userinfo(portal.issuer, client, claims) if client is not None else None
    if client is None or signed is None:
        return json_answer(claims)
    make_ready(client, "userinfo")
    return token_answer(encrypted(client, signed, "userinfo"))


def _claims(live: LiveAccessToken, standing: AccessStanding) -> dict[str, Any]:
    """What this token's scope and its request's `claims` parameter are about; what the person holds, as of now."""
    names = names_of(live.get_scope().split(), further=standing.family.claims.get("userinfo", ()))
    return {
        "sub": live.token.subject,
        **claims_about(standing.user, names, held=live.held.claims(names)),
    }


def _challenge(refusal: OAuth2Error) -> Response:
    """The header says what the body says (RFC 6750 section 3)."""
    response = answer_of(refusal)
    challenge = f'Bearer realm="{current_portal().settings.base_url}"'
    if not isinstance(refusal, TokenMissingError):
        challenge += f', error="{refusal.error}", error_description="{refusal.get_error_description()}"'
    if isinstance(refusal, InsufficientScopeError):
        challenge += ', scope="openid"'
    response.headers["WWW-Authenticate"] = challenge
    return response
