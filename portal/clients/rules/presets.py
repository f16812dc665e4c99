"""What a new app of each kind starts with: the safe choice for it, in the words of RFC 7591 section 2.

A kind is a named profile: the settings that certification plans contradict one another on (PKCE, the audience of
assertions, algorithms, rotation) stand side by side here, and every one of them can be seen and changed for an app.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from portal.clients.rules.switches import Switches

ClientKind = Literal["web", "spa", "native", "service", "fapi2", "legacy"]
KINDS: Final[tuple[ClientKind, ...]] = get_args(ClientKind)

AuthMethod = Literal[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
]
SigningAlgorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
SECRET_METHODS: Final[tuple[AuthMethod, ...]] = ("client_secret_basic", "client_secret_post")
KEY_METHODS: Final[tuple[AuthMethod, ...]] = (
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
)

# Every scope an app may be given; `openid` is what makes it OpenID Connect (Core section 3.1.2.1)
SCOPES: Final = (
    "openid", "profile", "email", "address", "phone", "offline_access", "roles", "groups", "permissions",
)  # fmt: skip
# Of these, what an app may also be told in its ID and access tokens
ACCESS_CLAIMS: Final = ("roles", "groups", "permissions")
USUAL_SCOPES: Final = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class Preset:
    """The metadata that follows from the kind of an app."""

    kind: ClientKind
    token_endpoint_auth_method: AuthMethod
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    scopes: tuple[str, ...]
    id_token_signed_response_alg: SigningAlgorithm = "RS256"  # noqa: S105
    require_pkce: bool = True
    switches: Switches = field(default_factory=Switches)

    @property
    def signs_people_in(self) -> bool:
        """Whether people come to the portal from it, so that it needs redirect URIs and somebody who may
        use it.
        """
        return "authorization_code" in self.grant_types

    @property
    def keeps_secrets(self) -> bool:
        """A confidential client (RFC 6749 section 2.1): it runs where its users can't read its memory."""
        return self.token_endpoint_auth_method != "none"  # noqa: S105

    @property
    def auth_methods(self) -> tuple[AuthMethod, ...]:
        """The ways to prove itself that an app of this kind may be switched to."""
        if self.kind == "fapi2":
            return KEY_METHODS
        return (*SECRET_METHODS, *KEY_METHODS) if self.keeps_secrets else ("none",)


def _of_people(kind: ClientKind, auth_method: AuthMethod) -> Preset:
    """Code flow and refresh tokens, the only way in which people come (OAuth 2.1)."""
    return Preset(kind, auth_method, ("authorization_code", "refresh_token"), ("code",), USUAL_SCOPES)


_PRESETS: Final[dict[ClientKind, Preset]] = {
    preset.kind: preset
    for preset in (
        _of_people("web", "client_secret_basic"),
        _of_people("spa", "none"),
        _of_people("native", "none"),
        Preset("service", "client_secret_basic", ("client_credentials",), (), ()),
        Preset(
            "fapi2",
            "private_key_jwt",
            ("authorization_code", "refresh_token"),
            ("code",),
            USUAL_SCOPES,
            id_token_signed_response_alg="PS256",  # noqa: S106
            switches=Switches(
                require_pushed_authorization_requests=True,
                dpop_bound_access_tokens=True,
                assertion_audience="issuer",
                token_endpoint_auth_signing_alg="PS256",  # noqa: S106
                refresh_rotation=False,
                access_token_seconds=300,
            ),
        ),
        Preset(
            "legacy",
            "client_secret_basic",
            ("authorization_code", "refresh_token"),
            ("code",),
            USUAL_SCOPES,
            require_pkce=False,
        ),
    )
}


def preset_of(kind: ClientKind) -> Preset:
    """What an app of this kind starts with."""
    return _PRESETS[kind]
