"""Everything about a request but its client and its way back; what is wrong is told to the client."""

import re
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oidc.core.errors import RegistrationNotSupportedError

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.response_types import CODE, has_id_token, mode_of, response_type_of
from portal.grants.schemas import AuthorizationRequest, ResponseMode
from portal.http.context import current_portal
from portal.oauth.adapters import RelyingClient
from portal.oauth.authorization.reading.person import (
    acr_values_of,
    claims_of,
    login_hint_of,
    max_age_of,
    prompts_of,
    subject_of,
    words_of,
)
from portal.oauth.authorization.reading.wishes import details_of, scopes_of
from portal.oauth.parameters import Parameters
from portal.oauth.provider import provider
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import targets_of

MAX_NONCE: Final = 500
MAX_SCOPE: Final = 1000
_THUMBPRINT: Final = re.compile("[A-Za-z0-9_-]{43}")


def judge(asked: ProtocolRequest, client: ClientSnapshot, redirect_uri: str) -> AuthorizationRequest:
    """The request, if all of it is right. Authlib judges scope and, by our extension, PKCE.

    Raises:
        OAuth2Error: something is not.
    """
    parameters = asked.parameters
    if parameters.get("registration") is not None:
        raise RegistrationNotSupportedError("The registration parameter is not supported.")
    response_type = _response_type(parameters, client)
    response_mode = _response_mode(parameters, response_type)
    scope = parameters.get("scope")
    if scope is not None and len(scope) > MAX_SCOPE:
        raise InvalidRequestError("The scope is too long.")
    provider().server.get_consent_grant(asked)
    claims = claims_of(parameters)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        redirect_uri_sent=parameters.get("redirect_uri") is not None,
        response_type=response_type,
        response_mode=response_mode,
        scopes=scopes_of(asked.scope, client, response_type),
        state=parameters.get("state"),
        nonce=_nonce(parameters, response_type),
        code_challenge=parameters.get("code_challenge"),
        prompts=prompts_of(parameters),
        max_age_seconds=max_age_of(parameters, client),
        login_hint=login_hint_of(parameters),
        subject=subject_of(parameters, client, claims),
        claims=claims,
        acr_values=acr_values_of(parameters, client),
        ui_locales=words_of(parameters.get("ui_locales")),
        resources=targets_of(asked, client.switches.resources, usual=False),
        authorization_details=details_of(parameters, client),
        dpop_jkt=_dpop_jkt(parameters),
    )


def _response_type(parameters: Parameters, client: ClientSnapshot) -> str:
    text = parameters.get("response_type")
    if text is None:
        raise InvalidRequestError("The response_type is missing.")
    response_type = response_type_of(text)
    is_offered = response_type == CODE or current_portal().settings.implicit_flow
    if response_type is None or not is_offered:
        raise OAuth2Error(
            error="unsupported_response_type", description="This response_type is not supported here."
        )
    if not RelyingClient(client).check_response_type(response_type):
        raise UnauthorizedClientError("This client is not registered for this response_type.")
    return response_type


def _response_mode(parameters: Parameters, response_type: str) -> ResponseMode:
    mode = mode_of(parameters.get("response_mode"), response_type)
    if mode is None:
        raise InvalidRequestError("This response_mode is not supported for this response_type.")
    return mode


def _nonce(parameters: Parameters, response_type: str) -> str | None:
    nonce = parameters.get("nonce")
    if nonce is None and has_id_token(response_type):
        raise InvalidRequestError("The nonce is missing; with this response_type it is required.")
    if nonce is not None and len(nonce) > MAX_NONCE:
        raise InvalidRequestError(f"The nonce is longer than {MAX_NONCE} characters.")
    return nonce


def _dpop_jkt(parameters: Parameters) -> str | None:
    """The thumbprint of the key that the code is to be bound to (RFC 9449 section 10)."""
    thumbprint = parameters.get("dpop_jkt")
    if thumbprint is not None and not _THUMBPRINT.fullmatch(thumbprint):
        raise InvalidRequestError("The dpop_jkt is not the SHA-256 thumbprint of a key.")
    return thumbprint
