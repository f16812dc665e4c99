"""The UserInfo endpoint (OpenID Connect Core 5.3)."""

from typing import Any

from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from flask import Response, request

from portal.grants.repository.standings import AccessStanding
from portal.grants.rules.claims import claims_about, names_of
from portal.grants.services.signed_answers import sign_userinfo
from portal.http.context import asking, current_portal
from portal.oauth.encryption import encrypted, make_ready
from portal.oauth.presented import LiveAccessToken, live_access_token
from portal.oauth.refusals import protocol_errors
from portal.oauth.resources import REFUSALS, challenged, check_sender, sent_token
from portal.oauth.responses import json_answer, token_answer


@protocol_errors
def userinfo() -> Response:
    """Claims about the person behind an access token with the scope `openid`."""
    at = current_portal().ports.clock.now()
    sent = None
    try:
        sent = sent_token()
        with asking() as session:
            found = live_access_token(sent.text, session, at=at, will_tell=True)
        live, standing = _person_behind(found)
        check_sender(sent, live.token, at=at)
        return _answer(live, standing)
    except REFUSALS as refusal:
        return challenged(refusal, sent)


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
