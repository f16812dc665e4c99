"""What a new app of each kind starts with: the safe choice for it, in the words of RFC 7591 section 2."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

ClientKind = Literal["web", "spa", "native", "service"]
KINDS: Final[tuple[ClientKind, ...]] = get_args(ClientKind)

AuthMethod = Literal["client_secret_basic", "client_secret_post", "none"]
SigningAlgorithm = Literal["RS256", "ES256"]

# Every scope an app may be given; `openid` is what makes it OpenID Connect (Core section 3.1.2.1)
SCOPES: Final = ("openid", "profile", "email", "offline_access", "roles", "groups", "permissions")
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
        return ("client_secret_basic", "client_secret_post") if self.keeps_secrets else ("none",)


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
    )
}


def preset_of(kind: ClientKind) -> Preset:
    """What an app of this kind starts with."""
    return _PRESETS[kind]
