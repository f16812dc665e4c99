"""Every switch of an app beyond its addresses and scopes: what it must send, how it proves itself, what it is sent.

The names are those of the registries (RFC 7591, 8705, 9101, 9126, 9396, 9449, 9701; OpenID Connect Registration,
Logout, JARM); what no registry names is ours and says so. An app's row keeps the document, everyone else reads this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

SIGNING_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""What the portal signs with, and what it takes from apps: never a symmetric one, never `none` (RFC 8725)."""
KEY_ENCRYPTION: Final = ("RSA-OAEP-256", "ECDH-ES")
CONTENT_ENCRYPTION: Final = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")

Audience = Literal["issuer", "issuer_or_endpoint"]
AccessTokenFormat = Literal["jwt", "opaque"]
TokenExchange = Literal["none", "delegation", "impersonation"]
SubjectType = Literal["public", "pairwise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The switches of one app. The defaults are what an app that says nothing gets."""

    # what it sends
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    """Addresses of request objects that it may name, compared without their fragment."""
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """Ours: addresses of the APIs that its access tokens may be for (RFC 8707), beside this portal."""
    authorization_details_types: tuple[str, ...] = ()
    protected_resources: tuple[str, ...] = ()
    """Ours: addresses of the APIs that it is itself: it may ask what tokens for them are worth (RFC 7662 section 4)."""

    # how it proves itself
    token_endpoint_auth_signing_alg: str | None = None
    assertion_audience: Audience = "issuer_or_endpoint"
    """Ours: which `aud` its assertions may have. FAPI 2.0 allows the issuer only, OpenID Connect names endpoints."""
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False

    # what it is sent
    subject_type: SubjectType = "public"
    sector_identifier_uri: str | None = None
    access_token_format: AccessTokenFormat = "jwt"  # noqa: S105
    """Ours."""
    authorization_signed_response_alg: str | None = None
    """For answers of the modes that end in `jwt`."""
    userinfo_signed_response_alg: str | None = None
    introspection_signed_response_alg: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None

    # how long it lasts; all ours
    access_token_seconds: int | None = None
    refresh_idle_seconds: int | None = None
    refresh_family_seconds: int | None = None
    refresh_rotation: bool = True
    refresh_grace_seconds: int = 0
    """For so long after its first use a refresh token may come once more: its answer may have been lost."""

    # whose tokens it may exchange (RFC 8693), and who its own; all ours
    token_exchange: TokenExchange = "none"  # noqa: S105
    """With `delegation` new tokens always say who acts (`act`); `impersonation` may leave that out."""
    exchange_subjects: tuple[str, ...] = ()
    """Client ids of the apps whose tokens it may exchange, beside its own."""
    may_act: str | None = None
    """The client id of the only app that may act with its tokens, which say so (section 4.4)."""

    # how it learns that a person has left, and how people get to it
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    initiate_login_uri: str | None = None

    # what it says of itself
    contacts: tuple[str, ...] = ()
    software_id: str | None = None
    software_version: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Switches":
        """From what a row keeps. What another release wrote there and this one doesn't know changes nothing."""
        known: dict[str, Any] = {}
        for field in fields(cls):
            if field.name in document:
                value = document[field.name]
                known[field.name] = tuple(value) if isinstance(value, list) else value
        return cls(**known)

    def document(self) -> dict[str, Any]:
        """As a row keeps it: each switch by name, also those at their default, so that a later default moves no app."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values}
