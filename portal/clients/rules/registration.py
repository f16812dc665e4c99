"""As what an app is taken in that registers itself: the defaults of RFC 7591 section 2, and what they leave to us."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from portal.clients.rules.flows import DEVICE_CODE, GrantType, ResponseType, grants_behind
from portal.clients.rules.presets import ACCESS_CLAIMS, SCOPES, AuthMethod, ClientKind
from portal.clients.rules.redirect_uris import LOOPBACK_HOSTS
from portal.clients.rules.uris import split_uri

ApplicationType = Literal["web", "native"]

SELF_SCOPES: Final = tuple(scope for scope in SCOPES if scope not in ACCESS_CLAIMS)
"""What an app may ask people for without an administrator: who they are, and nothing about who is who here."""
OF_PEOPLE: Final = frozenset({"authorization_code", "implicit", DEVICE_CODE})
OPEN_GRANTS: Final[frozenset[GrantType]] = frozenset({"authorization_code", "implicit", "refresh_token"})
"""What an app that nobody knows may use: there is always a person who sees its name first."""
KNOWN_GRANTS: Final[frozenset[GrantType]] = OPEN_GRANTS | {"client_credentials", DEVICE_CODE}
"""What an app may use that brought a token or a statement. The others an administrator gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What remains undecided in no registration."""

    kind: ClientKind
    auth_method: AuthMethod
    grant_types: tuple[GrantType, ...]
    response_types: tuple[ResponseType, ...]

    @property
    def application_type(self) -> ApplicationType:
        return application_type_of(self.kind)

    @property
    def is_public(self) -> bool:
        return self.auth_method == "none"


def application_type_of(kind: str) -> ApplicationType:
    return "native" if kind == "native" else "web"


def profile_of(
    *,
    application_type: ApplicationType | None,
    auth_method: AuthMethod | None,
    grant_types: Sequence[GrantType] | None,
    response_types: Sequence[ResponseType] | None,
    redirect_uris: Collection[str],
) -> Profile:
    """The kind of an app and its flows, from what it says and, where it says nothing, from the defaults."""
    grants, responses = _flows(grant_types, response_types)
    is_native = application_type == "native" or (
        application_type is None and _looks_native(auth_method, redirect_uris)
    )
    method: AuthMethod = auth_method or ("none" if is_native else "client_secret_basic")
    if is_native:
        kind: ClientKind = "native"
    elif method == "none":
        kind = "spa"
    else:
        kind = "web" if OF_PEOPLE.intersection(grants) else "service"
    return Profile(kind=kind, auth_method=method, grant_types=grants, response_types=responses)


def scopes_for(wanted: Sequence[str], *, may_have: Sequence[str] = SELF_SCOPES) -> tuple[str, ...]:
    """The scopes of an app that asks for these: those that it may have, or all of them if that leaves none."""
    return tuple(scope for scope in may_have if scope in wanted) or tuple(may_have)


def native_problems(profile: Profile, redirect_uris: Collection[str]) -> list[str]:
    """Codes for what OpenID Connect Registration 2 says of `application_type`: the implicit flow of a web app answers
    by https only, for everybody on the way would read its tokens.
    """
    if profile.kind == "native" or "implicit" not in profile.grant_types:
        return []
    return ["http"] if any(uri.lower().startswith("http:") for uri in redirect_uris) else []


def _flows(
    grant_types: Sequence[GrantType] | None, response_types: Sequence[ResponseType] | None
) -> tuple[tuple[GrantType, ...], tuple[ResponseType, ...]]:
    """Where one of the two is missing it follows from the other."""
    if response_types is None:
        usual: dict[str, ResponseType] = {"authorization_code": "code", "implicit": "id_token"}
        grants: tuple[GrantType, ...] = tuple(
            grant_types if grant_types is not None else ("authorization_code",)
        )
        return grants, tuple(usual[grant] for grant in grants if grant in usual)
    return tuple(grant_types if grant_types is not None else grants_behind(response_types)), tuple(
        response_types
    )


def _looks_native(auth_method: AuthMethod | None, redirect_uris: Collection[str]) -> bool:
    """Plain OAuth knows no application type: a scheme of its own, or no secret and an address of the same machine, tell
    an app on a device (RFC 8252 section 7).
    """
    if not redirect_uris:
        return False
    parts = [split_uri(uri) for uri in redirect_uris]
    schemes = {(one.scheme or "").lower() for one in parts}
    if schemes - {"http", "https"}:
        return True
    hosts = {(one.host or "").lower() for one in parts}
    return auth_method == "none" and schemes == {"http"} and hosts <= LOOPBACK_HOSTS
