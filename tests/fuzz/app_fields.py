"""What the console's pages about apps know: the names of their fields, with values that are well-formed."""

from collections.abc import Mapping, Sequence
from typing import Final

from portal.clients.rules.profiles import GROUPS

NEW_CLIENT: Final = (
    "client_name", "kind", "redirect_uris", "post_logout_redirect_uris", "audience", "role_ids",
)  # fmt: skip

APP_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "admin_clients.access": ("audience", "role_ids", "group_ids", "q"),
    "admin_clients.admissions": ("label", "uses", "days", "made"),
    "admin_clients.first_sign_in": ("looks",),
    "admin_clients.listing": ("q", "before", "after", "state", "by"),
    "admin_clients.new": NEW_CLIENT,
    "admin_clients.protocol": tuple(name for group in GROUPS.values() for name in group),
    "admin_clients.redirects": ("redirect_uri",),
    "admin_clients.register_redirect": ("redirect_uri",),
    "admin_clients.rotate": ("overlap_seconds",),
    "admin_clients.settings": (
        "client_name", "redirect_uris", "post_logout_redirect_uris", "scopes", "access_claims", "require_consent",
        "client_uri", "logo_uri", "policy_uri", "tos_uri",
    ),
    "admin_clients.simulation": ("who", "scope", "prompts", "max_age", "acr", "claims"),
    "admin_keys.bring": ("key", "state", "algorithm", "kid"),
    "admin_keys.revoke": ("reason",),
    "admin_tokens.inspect": ("token",),
}  # fmt: skip

_TEXTS: Final = dict.fromkeys((name for group in GROUPS.values() for name in group), ("", "y"))

APP_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    **_TEXTS,
    "access_claims": ("roles", "groups"),
    "access_token_format": ("jwt", "opaque"),
    "access_token_seconds": ("300", ""),
    "algorithm": ("", "ES256", "EdDSA"),
    "assertion_audience": ("issuer", "issuer_or_endpoint"),
    "backchannel_logout_uri": ("https://kestrel.example/left", ""),
    "by": ("admin", "dynamic"),
    "contacts": ("ops@example.org", ""),
    "days": ("7", "366"),
    "default_max_age": ("3600", ""),
    "grant_types": ("authorization_code", "client_credentials"),
    "id_token_signed_response_alg": ("RS256", "ES256"),
    "jwks": ('{"keys": [{"kty": "oct"}]}', ""),
    "jwks_uri": ("https://kestrel.example/keys", ""),
    "key": ('{"kty": "OKP", "crv": "Ed25519"}', "-----BEGIN PRIVATE KEY-----"),
    "kid": ("", "key-1"),
    "label": ("Pipeline", ""),
    "made": ("0192f3a4-7b1c-7def-8abc-0123456789ab", ""),
    "prompts": ("login", "consent"),
    "request_uris": ("https://kestrel.example/request", ""),
    "require_pkce": ("y", ""),
    "response_types": ("code", "id_token"),
    "subject_type": ("public", "pairwise"),
    "token_endpoint_auth_method": ("client_secret_basic", "client_secret_post"),
    "token_exchange": ("none", "delegation"),
    "uses": ("1", "0"),
    "who": ("rosa", "nobody"),
}
"""What the portal expects there."""
