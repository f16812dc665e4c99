"""Documents that are the same for everybody: made once, answered from memory, kept by caches for a while."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_args

import orjson
from authlib.oauth2 import rfc9207
from authlib.oidc import discovery, rpinitiated
from flask import Response, request
from werkzeug.http import quote_etag

from portal.clients.rules.switches import SubjectType
from portal.grants.rules.claims import OFFERED, PROTOCOL_CLAIMS
from portal.grants.rules.front_channel import IMPLICIT
from portal.grants.rules.interaction import CREATE, PROMPTS
from portal.grants.rules.key_life import JWKS_LIFETIME
from portal.grants.rules.response_types import CODE, RESPONSE_TYPES
from portal.grants.rules.scopes import SUPPORTED
from portal.grants.schemas import ResponseMode
from portal.infra.crypto.jose import ALGORITHMS
from portal.infra.crypto.jwe import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from portal.infra.settings import Settings
from portal.oauth.client_authentication import methods_offered
from portal.oauth.dpop import ALGORITHMS as DPOP_ALGORITHMS
from portal.oauth.grant_types import GRANT_TYPES

KEEP_SECONDS: Final = int(JWKS_LIFETIME.total_seconds())
"""How long a client may go on with its copy: shorter than the time between a key's publication and its first use."""
DISCOVERY: Final = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
"""The same bytes at both addresses (OpenID Connect Discovery 4, RFC 8414 section 3)."""
ACR_VALUES: Final = ("1",)
DISPLAYS: Final = ("page", "popup", "touch")
"""The same pages for all of them: they fit a phone and a small window."""


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes and their tag. Open to every site: they hold no secret."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    """What is said with the bytes, and with the word that the caller's copy is still the same."""
    headers_of_body: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, body: bytes) -> "Document":
        etag = f"{zlib.crc32(body):08x}-{len(body):x}"
        headers = {
            "ETag": quote_etag(etag),
            "Cache-Control": f"public, max-age={KEEP_SECONDS}",
            "Access-Control-Allow-Origin": "*",
        }
        of_body = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return cls(body, etag, tuple(headers.items()), tuple(of_body.items()))

    @property
    def quoted(self) -> str:
        """The tag as it stands in a header."""
        return self.headers[0][1]

    def answer(self) -> Response:
        """By way of the framework; a plain GET does not come this far (`prepared`)."""
        response = Response(self.body, headers=[*self.headers, *self.headers_of_body])
        response.make_conditional(request)
        return response


def latest(read: Callable[[], bytes]) -> Callable[[], Document]:
    """The document of bytes that change now and then, made anew only then."""
    kept = Document.of(b"")

    def current() -> Document:
        nonlocal kept
        document, body = kept, read()
        if document.body is not body:
            document = kept = Document.of(body)
        return document

    return current


def metadata(issuer: str, settings: Settings) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 and RFC 8414 in one. Everything in it is built from the configured issuer."""
    methods = list(methods_offered(settings))
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/authorize",
        "token_endpoint": f"{issuer}/oauth2/token",
        "userinfo_endpoint": f"{issuer}/oauth2/userinfo",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth2/par",
        "jwks_uri": f"{issuer}/oauth2/jwks",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "device_authorization_endpoint": f"{issuer}/oauth2/device_authorization",
        "end_session_endpoint": f"{issuer}/oauth2/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "scopes_supported": list(SUPPORTED),
        "claims_supported": [*PROTOCOL_CLAIMS, *OFFERED],
        "claim_types_supported": ["normal"],
        "response_types_supported": list(RESPONSE_TYPES) if settings.implicit_flow else [CODE],
        "response_modes_supported": [*get_args(ResponseMode), "jwt"],
        "authorization_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": [*GRANT_TYPES, *([IMPLICIT] if settings.implicit_flow else [])],
        "subject_types_supported": list(get_args(SubjectType)),
        "acr_values_supported": list(ACR_VALUES),
        "prompt_values_supported": [*sorted(PROMPTS), *([CREATE] if settings.sign_up == "open" else [])],
        "code_challenge_methods_supported": ["S256"],
        "display_values_supported": list(DISPLAYS),
        "ui_locales_supported": ["en"],
        **_of_answers(),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": [method for method in methods if method != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": settings.client_certificate_header is not None,
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(ALGORITHMS),
        **_of_registration(issuer, settings),
    }


def _of_answers() -> dict[str, Any]:
    """How tokens and answers can be signed and encrypted, by the choice of each app."""
    encryption = {"alg": list(KEY_ALGORITHMS), "enc": list(CONTENT_ALGORITHMS)}
    return {
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_signing_alg_values_supported": list(ALGORITHMS),
        **{
            f"{text}_encryption_{part}_values_supported": values
            for text in ("id_token", "userinfo")
            for part, values in encryption.items()
        },
    }


def _of_registration(issuer: str, settings: Settings) -> dict[str, Any]:
    """Where apps may register themselves, in a portal that lets them."""
    offered: dict[str, Any] = {}
    if settings.client_registration != "closed":
        offered["registration_endpoint"] = f"{issuer}/oauth2/register"
    if settings.client_id_documents:
        offered["client_id_metadata_document_supported"] = True
    return offered


def discovery_document(issuer: str, settings: Settings) -> Document:
    """The document, once Authlib has found it valid by all three specifications.

    Raises:
        ValueError: it is not, and nobody should start a portal with it.
    """
    content = metadata(issuer, settings)
    discovery.OpenIDProviderMetadata(content).validate(
        metadata_classes=[rfc9207.AuthorizationServerMetadata, rpinitiated.OpenIDProviderMetadata]
    )
    return Document.of(orjson.dumps(content))
