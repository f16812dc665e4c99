"""Access tokens where they are used: how one is sent (RFC 6750, RFC 9449 section 7), and that its sender may.

A view that takes access tokens asks `sent_token`, reads it (`presented.live_access_token`), asks
`check_sender`, and answers any of `REFUSALS` with `challenged`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from flask import Response, request

from portal.grants.repository.used_ids import UsedIds
from portal.grants.services import AccessToken
from portal.http.context import current_portal
from portal.infra.actor import SYSTEM
from portal.oauth.binding import JKT, NO_PROOF, X5T, offer_nonce
from portal.oauth.client_certificates import client_certificate
from portal.oauth.dpop import ALGORITHMS, HEADER, InvalidProofError, NonceNeededError, ProvedKey, proved_key
from portal.oauth.parameters import form_of, query_of
from portal.oauth.refusals import answer_of

Scheme = Literal["Bearer", "DPoP"]
SCHEMES: Final[dict[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}


class TokenMissingError(OAuth2Error):  # type: ignore[misc]
    """No token at all: the schemes to use, and no error code in the header (RFC 6750 section 3.1)."""

    error = "invalid_token"
    description = "Send an access token as Authorization: Bearer, or with a proof as Authorization: DPoP."
    status_code = 401


class SenderRefusedError(InvalidTokenError):  # type: ignore[misc]
    """The token is good, and whoever sends it is not who it was given to. `scheme` is the one to be challenged by."""

    def __init__(self, description: str, *, scheme: Scheme) -> None:
        super().__init__(description=description)
        self.scheme = scheme


REFUSALS: Final = (
    InvalidTokenError,
    InsufficientScopeError,
    TokenMissingError,
    InvalidProofError,
    NonceNeededError,
)


@dataclass(frozen=True, slots=True)
class SentToken:
    """An access token, and the scheme that it came by."""

    scheme: Scheme
    text: str = field(repr=False)


def sent_token() -> SentToken:
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
        return SentToken("Bearer", posted)
    name, _, text = (header or "").partition(" ")
    scheme = SCHEMES.get(name.lower())
    if scheme is None or not text:
        raise TokenMissingError
    return SentToken(scheme, text.strip())


def check_sender(sent: SentToken, token: AccessToken, *, at: datetime) -> None:
    """Whether the request proves the keys that the token is bound to. A proof counts once.

    Raises:
        SenderRefusedError, InvalidProofError, NonceNeededError: it does not.
    """
    jkt = token.confirmation.get(JKT)
    if (sent.scheme == "DPoP") != (jkt is not None):
        raise SenderRefusedError(
            "The access token is bound to a key: send it as DPoP, with a proof."
            if jkt is not None
            else "The access token is bound to no key: send it as Bearer.",
            scheme="DPoP",
        )
    _check_certificate(sent, token.confirmation.get(X5T))
    if jkt is not None:
        _use_up(_key_of(sent, jkt, at=at))


def _check_certificate(sent: SentToken, x5t: str | None) -> None:
    """A token that is bound to a certificate comes with it (RFC 8705 section 3)."""
    if x5t is None:
        return
    certificate = client_certificate()
    if certificate is None or certificate.thumbprint != x5t:
        raise SenderRefusedError(
            "The access token is bound to a client certificate, which did not come with it.",
            scheme=sent.scheme,
        )


def _key_of(sent: SentToken, jkt: str, *, at: datetime) -> ProvedKey:
    portal = current_portal()
    address = f"{portal.settings.base_url}{request.path}"
    key = proved_key(
        request.headers.getlist(HEADER),
        portal,
        method=request.method,
        address=address,
        at=at,
        access_token=sent.text,
    )
    if key is None:
        raise InvalidProofError(description=NO_PROOF)
    if key.thumbprint != jkt:
        raise SenderRefusedError(
            "The access token is bound to another key than that of the proof.", scheme="DPoP"
        )
    return key


def _use_up(key: ProvedKey) -> None:
    offer_nonce(key)
    with current_portal().unit_of_work(SYSTEM) as uow:
        if UsedIds(uow.session).seen_before([key.once]):
            raise key.used_before


def challenged(refusal: OAuth2Error, sent: SentToken | None) -> Response:
    """401 or 403; the header says what the body says (RFC 6750 section 3, RFC 9449 section 7.1)."""
    if isinstance(refusal, InvalidProofError | NonceNeededError):
        refusal.status_code = 401
    response = answer_of(refusal)
    response.headers.remove("WWW-Authenticate")
    bearer = f'Bearer realm="{current_portal().settings.base_url}"'
    dpop = f'DPoP algs="{" ".join(ALGORITHMS)}"'
    if sent is None:
        response.headers.add("WWW-Authenticate", bearer)
        response.headers.add("WWW-Authenticate", dpop)
        return response
    is_dpop = (refusal.scheme if isinstance(refusal, SenderRefusedError) else sent.scheme) == "DPoP"
    said = f'error="{refusal.error}", error_description="{refusal.get_error_description()}"'
    scope = ', scope="openid"' if isinstance(refusal, InsufficientScopeError) else ""
    response.headers.add("WWW-Authenticate", f"{dpop if is_dpop else bearer}, {said}{scope}")
    return response
