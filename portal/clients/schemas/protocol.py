"""How an app speaks to us and what it is sent: one schema, for the console, for registration and for the command line.

Names are those of the registries (see `rules.switches.Switches`). What one field has to do with another, and with the
kind of the app, is in `rules.protocol`.
"""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from portal.clients.rules.presets import AuthMethod, SigningAlgorithm
from portal.clients.rules.switches import Audience, SubjectType, Switches, TokenExchange
from portal.clients.schemas.fields import (
    STRICT,
    GrantTypes,
    Keys,
    Link,
    ResponseTypes,
    Seconds,
    SecureLink,
    WebAddresses,
    Word,
    Words,
)

KeyEncryption = Literal["RSA-OAEP-256", "ECDH-ES"]
ContentEncryption = Literal["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"]
DEFAULT_ENCRYPTION: ContentEncryption = "A128CBC-HS256"
"""What goes with a key encryption that came without (OpenID Connect Registration 2)."""
SWITCH_NAMES = tuple(field.name for field in fields(Switches))
ENCRYPTED = ("id_token", "userinfo")


def _space_separated(given: object) -> object:
    """Registries write such lists with spaces, forms with lines."""
    return given.split() if isinstance(given, str) else given


class ProtocolMetadata(BaseModel):
    """What the registries name; an app that registers itself may say all of it."""

    model_config = STRICT

    # the grants it uses; None leaves them as they are
    grant_types: GrantTypes | None = None
    response_types: ResponseTypes | None = None

    # what it sends
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: SigningAlgorithm | None = None
    request_uris: WebAddresses = []
    default_max_age: Annotated[int, Field(ge=0, le=999_999_999)] | None = None
    require_auth_time: bool = False
    default_acr_values: Annotated[Words, BeforeValidator(_space_separated)] = []
    authorization_details_types: Words = []

    # how it proves itself; None leaves the method as it is
    token_endpoint_auth_method: AuthMethod | None = None
    token_endpoint_auth_signing_alg: SigningAlgorithm | None = None
    jwks: Keys | None = None
    jwks_uri: Link | None = None
    tls_client_auth_subject_dn: Word | None = None
    tls_client_auth_san_dns: Word | None = None
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False

    # what it is sent; None leaves the signature as it is
    id_token_signed_response_alg: SigningAlgorithm | None = None
    subject_type: SubjectType = "public"
    sector_identifier_uri: Link | None = None
    authorization_signed_response_alg: SigningAlgorithm | None = None
    userinfo_signed_response_alg: SigningAlgorithm | None = None
    introspection_signed_response_alg: SigningAlgorithm | None = None
    id_token_encrypted_response_alg: KeyEncryption | None = None
    id_token_encrypted_response_enc: ContentEncryption | None = None
    userinfo_encrypted_response_alg: KeyEncryption | None = None
    userinfo_encrypted_response_enc: ContentEncryption | None = None

    # how it learns that a person has left, and how people get to it
    backchannel_logout_uri: Link | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: Link | None = None
    frontchannel_logout_session_required: bool = False
    initiate_login_uri: SecureLink | None = None

    # what it says of itself
    contacts: Words = []
    software_id: Word | None = None
    software_version: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _encryption_has_a_method(cls, given: Any) -> Any:  # noqa: ANN401 - Pydantic's hook, before anything is known
        """An algorithm for the key without one for the content gets the default of the specification."""
        if not isinstance(given, dict):
            return given
        added = {
            f"{what}_encrypted_response_enc": DEFAULT_ENCRYPTION
            for what in ENCRYPTED
            if given.get(f"{what}_encrypted_response_alg") and not given.get(f"{what}_encrypted_response_enc")
        }
        return {**given, **added}

    def changed_switches(self, before: Switches) -> Switches:
        """The switches of an app after this; those that the schema doesn't hold stay as they are."""
        given = {name: getattr(self, name) for name in SWITCH_NAMES if name in type(self).model_fields}
        return Switches.of(before.document() | given)


class EditProtocol(ProtocolMetadata):
    """Everything about the protocol that an administrator may set for an app: the registries' switches and our own."""

    require_pkce: bool | None = None
    resources: WebAddresses = []
    assertion_audience: Audience = "issuer_or_endpoint"
    access_token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105
    access_token_seconds: Annotated[int, Field(ge=60, le=86400)] | None = None
    refresh_idle_seconds: Annotated[Seconds, Field(ge=300)] | None = None
    refresh_family_seconds: Annotated[Seconds, Field(ge=300)] | None = None
    refresh_rotation: bool = True
    refresh_grace_seconds: Annotated[int, Field(ge=0, le=300)] = 0
    token_exchange: TokenExchange = "none"  # noqa: S105
    exchange_subjects: Words = []
    may_act: Word | None = None
    protected_resources: WebAddresses = []
