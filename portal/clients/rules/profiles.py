"""The settings of the protocol in groups, and what sets an app apart from the profile of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.clients.rules.presets import ClientKind, Preset, preset_of

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sign-in": (
        "grant_types", "response_types", "require_pkce", "require_pushed_authorization_requests",
        "require_signed_request_object", "request_object_signing_alg", "request_uris", "default_max_age",
        "require_auth_time", "default_acr_values", "authorization_details_types", "initiate_login_uri",
    ),
    "proof": (
        "token_endpoint_auth_method", "jwks", "jwks_uri", "token_endpoint_auth_signing_alg",
        "assertion_audience", "tls_client_auth_subject_dn", "tls_client_auth_san_dns",
        "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens",
    ),
    "tokens": (
        "id_token_signed_response_alg", "access_token_format", "resources", "subject_type",
        "sector_identifier_uri", "authorization_signed_response_alg", "userinfo_signed_response_alg",
        "introspection_signed_response_alg", "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc", "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc", "token_exchange", "exchange_subjects",
        "may_act", "protected_resources",
    ),
    "lifetimes": (
        "access_token_seconds", "refresh_idle_seconds", "refresh_family_seconds", "refresh_rotation",
        "refresh_grace_seconds",
    ),
    "logout": (
        "backchannel_logout_uri", "backchannel_logout_session_required", "frontchannel_logout_uri",
        "frontchannel_logout_session_required",
    ),
    "about": ("contacts", "software_id", "software_version"),
}  # fmt: skip
"""Every setting stands in exactly one of them."""

ITS_OWN: Final = frozenset({
    "request_uris", "authorization_details_types", "initiate_login_uri", "jwks", "jwks_uri",
    "tls_client_auth_subject_dn", "tls_client_auth_san_dns", "resources", "sector_identifier_uri",
    "exchange_subjects", "may_act", "protected_resources", "backchannel_logout_uri", "frontchannel_logout_uri",
    "contacts", "software_id", "software_version",
})  # fmt: skip
"""What only the app itself can say, such as its addresses and keys. A profile says nothing of them."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A setting in which an app is not what its kind starts with."""

    name: str
    value: Any
    preset: Any


def preset_values(kind: ClientKind) -> dict[str, Any]:
    """What the kind says of every setting that a profile is about."""
    preset = preset_of(kind)
    names = [name for names in GROUPS.values() for name in names if name not in ITS_OWN]
    return {name: _listed(_value(preset, name)) for name in names}


def departures(kind: ClientKind, values: Mapping[str, Any]) -> list[Departure]:
    """Where these values are not those of the kind, in the order of the groups."""
    return [
        Departure(name, values[name], preset)
        for name, preset in preset_values(kind).items()
        if name in values and _comparable(values[name]) != _comparable(preset)
    ]


def _value(preset: Preset, name: str) -> Any:  # noqa: ANN401 - settings are of many types
    return getattr(preset, name) if hasattr(preset, name) else getattr(preset.switches, name)


def _listed(value: Any) -> Any:  # noqa: ANN401
    return list(value) if isinstance(value, tuple) else value


def _comparable(value: Any) -> Any:  # noqa: ANN401
    """The order of grant types says nothing."""
    return sorted(value) if isinstance(value, list | tuple) else value
