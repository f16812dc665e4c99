"""An authorization request, read and judged: one check after the other, in the order that keeps people safe.

First what must never be answered by a redirect (client, redirect URI), then what the client is told by one.
"""

from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oidc.core.errors import (
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)
from flask import Request

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.claims import ClaimsMalformed, parse_claims
from portal.grants.rules.scopes import OFFLINE_ACCESS, OPENID, scopes_of
from portal.grants.schemas import AuthorizationRequest, RequestedClaims
from portal.http.context import current_portal
from portal.infra.crypto.jose import TokenRefused
from portal.oauth.adapters import RelyingClient
from portal.oauth.authorization import refused
from portal.oauth.parameters import Parameters
from portal.oauth.provider import provider
from portal.oauth.requests import ProtocolRequest

PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
MAX_STATE: Final = 2000
MAX_NONCE: Final = 500
MAX_SCOPE: Final = 1000
MAX_REDIRECT_URI: Final = 2000
MAX_HINT: Final = 200
MAX_AGE_DIGITS: Final = 9


class ToldToClientError(Exception):
    """An error that goes back to the client, to an address that is known to be its own."""

    def __init__(self, error: OAuth2Error, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(error.error)
        self.error, self.redirect_uri, self.state = error, redirect_uri, state


def read_authorization_request(request: Request) -> tuple[AuthorizationRequest, ClientSnapshot]:
    """The request and its client.

    Raises:
        RequestRefusedError: answered by a page.
        ToldToClientError: answered by a redirect.
    """
    asked = ProtocolRequest.of_query(request)
    client = known_client(asked.parameters)
    redirect_uri = _redirect_uri(asked.parameters, client)
    state = asked.parameters.get("state")
    if state is not None and len(state) > MAX_STATE:
        raise refused.state_too_long(len(state), MAX_STATE)
    try:
        return _judge(asked, client, redirect_uri), client
    except OAuth2Error as error:
        raise ToldToClientError(error, redirect_uri=redirect_uri, state=state) from error


def known_client(parameters: Parameters) -> ClientSnapshot:
    """The client as it is now: what people are about to trust is never an older copy.

    Raises:
        RequestRefusedError: it is missing, unknown or switched off, or the parameters are no use at all.
    """
    if parameters.problem:
        raise refused.malformed(parameters.problem)
    client_id = parameters.get("client_id")
    if client_id is None:
        raise refused.client_missing()
    client = current_portal().clients.current(client_id)
    if client is None:
        raise refused.client_unknown(client_id)
    if not client.is_active:
        raise refused.client_disabled(client)
    return client


def _redirect_uri(parameters: Parameters, client: ClientSnapshot) -> str:
    """Where the answer goes: exactly a registered address. Only plain OAuth may leave the only one out."""
    sent = parameters.get("redirect_uri")
    adapter = RelyingClient(client)
    if sent is None:
        default = adapter.get_default_redirect_uri()
        if default is None or OPENID in (scopes_of(parameters.get("scope")) or ()):
            raise refused.redirect_uri_missing(client)
        return default
    if len(sent) > MAX_REDIRECT_URI or not adapter.check_redirect_uri(sent):
        raise refused.redirect_uri_unregistered(client, sent)
    return sent


def _judge(asked: ProtocolRequest, client: ClientSnapshot, redirect_uri: str) -> AuthorizationRequest:
    """Everything else. Authlib judges response type, scope and, by our extension, PKCE."""
    parameters = asked.parameters
    _refuse_what_is_not_supported(parameters)
    _check_response_type(parameters, client)
    scope = parameters.get("scope")
    if scope is not None and len(scope) > MAX_SCOPE:
        raise InvalidRequestError("The scope is too long.")
    provider().server.get_consent_grant(asked)
    claims = _claims(parameters)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        redirect_uri_sent=parameters.get("redirect_uri") is not None,
        scopes=_scopes(asked.scope, client),
        state=parameters.get("state"),
        nonce=_nonce(parameters),
        code_challenge=parameters.get("code_challenge"),
        prompts=_prompts(parameters),
        max_age_seconds=_max_age(parameters),
        login_hint=(parameters.get("login_hint") or "")[:MAX_HINT] or None,
        subject=_subject(parameters, client) or claims.subject,
        claims=claims,
    )


def _refuse_what_is_not_supported(parameters: Parameters) -> None:
    """Request objects carry the real parameters, so to ignore one would be to answer another request (Core 6)."""
    if parameters.get("request") is not None:
        raise RequestNotSupportedError("Request objects are not supported.")
    if parameters.get("request_uri") is not None:
        raise RequestURINotSupportedError("Request objects by reference are not supported.")
    if parameters.get("registration") is not None:
        raise RegistrationNotSupportedError("The registration parameter is not supported.")
    if parameters.get("response_mode") not in {None, "query"}:
        raise InvalidRequestError("The only response_mode is query.")


def _check_response_type(parameters: Parameters, client: ClientSnapshot) -> None:
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequestError("The response_type is missing.")
    if response_type != "code":
        raise OAuth2Error(error="unsupported_response_type", description="The only response_type is code.")
    if response_type not in client.response_types:
        raise UnauthorizedClientError("This client is not registered for the response_type code.")


def _scopes(scope: str, client: ClientSnapshot) -> tuple[str, ...]:
    """Without the right to refresh, `offline_access` would promise what nobody keeps (Core 11: it is ignored)."""
    granted = tuple(scope.split())
    if "refresh_token" in client.grant_types:
        return granted
    return tuple(one for one in granted if one != OFFLINE_ACCESS)


def _nonce(parameters: Parameters) -> str | None:
    nonce = parameters.get("nonce")
    if nonce is not None and len(nonce) > MAX_NONCE:
        raise InvalidRequestError(f"The nonce is longer than {MAX_NONCE} characters.")
    return nonce


def _prompts(parameters: Parameters) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys((parameters.get("prompt") or "").split()))
    if not set(prompts) <= PROMPTS:
        raise InvalidRequestError("The prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("The prompt none can not be combined.")
    return prompts


def _max_age(parameters: Parameters) -> int | None:
    text = parameters.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_AGE_DIGITS):
        raise InvalidRequestError("The max_age is not a number of seconds.")
    return int(text)


def _claims(parameters: Parameters) -> RequestedClaims:
    try:
        return parse_claims(parameters.get("claims"))
    except ClaimsMalformed as malformed:
        raise InvalidRequestError(f"The parameter {malformed}.") from malformed


def _subject(parameters: Parameters, client: ClientSnapshot) -> str | None:
    """Whom `id_token_hint` names; an expired hint is as good as a fresh one (Core 3.1.2.1)."""
    hint = parameters.get("id_token_hint")
    if hint is None:
        return None
    portal = current_portal()
    try:
        read = portal.issuer.read_id_token(hint, at=portal.ports.clock.now())
    except TokenRefused:
        raise InvalidRequestError("The id_token_hint is not an ID token of this issuer.") from None
    if read.client_id != client.client_id:
        raise InvalidRequestError("The id_token_hint was issued to another client.")
    return read.subject
