"""What is taken in about apps: shape, length and characters. What depends on an app's kind, the use cases
check.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from portal.clients.rules import ClientKind, web_address_problems
from portal.clients.rules.presets import AuthMethod, SigningAlgorithm
from portal.clients.rules.redirect_uris import MAX_COUNT, MAX_LENGTH, MESSAGES

NAME_LENGTH = 100
LINK_LENGTH = 300
MAX_ROLES = 100
MAX_GROUPS = 200


def _lines(given: object) -> object:
    """A text with one address a line, as a form sends it; blank lines and spaces around are nobody's wish."""
    if not isinstance(given, str):
        return given
    return [line.strip() for line in given.splitlines() if line.strip()]


def _without_repetition(uris: list[str]) -> list[str]:
    return list(dict.fromkeys(uris))


def _bounded(uris: list[str]) -> list[str]:
    if len(uris) > MAX_COUNT:
        raise ValueError(f"Give at most {MAX_COUNT} addresses")
    if any(len(uri) > MAX_LENGTH for uri in uris):
        raise ValueError(f"Use at most {MAX_LENGTH} characters for an address")
    return uris


def _printable(name: str) -> str:
    """No line breaks, control or direction-changing characters: the name stands in sentences and in mails."""
    if not name.isprintable():
        raise ValueError("Use only letters, digits, signs and spaces for the name")
    return name


def _web_address(uri: str) -> str:
    problems = web_address_problems(uri)
    if problems:
        raise ValueError(MESSAGES[problems[0]])
    return uri


Addresses = Annotated[
    list[str],
    BeforeValidator(_lines),
    AfterValidator(_without_repetition),
    AfterValidator(_bounded),
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_printable)]
Link = Annotated[str, Field(max_length=LINK_LENGTH), AfterValidator(_web_address)]
Scope = Literal["openid", "profile", "email", "offline_access", "roles", "groups", "permissions"]
AccessClaim = Literal["roles", "groups", "permissions"]
Overlap = Literal[0, 3600, 86400, 604800]


class _Input(BaseModel):
    """Unknown fields are refused: nobody sets by accident, or on purpose, what is not asked for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class ClientAccess(_Input):
    """Who may use an app. Closed by default: without a choice nobody may. `roles` stands for the chosen ones, roles
    and groups alike.
    """

    audience: Literal["everyone", "roles"] = "roles"
    role_ids: Annotated[list[UUID], Field(max_length=MAX_ROLES)] = []
    group_ids: Annotated[list[UUID], Field(max_length=MAX_GROUPS)] = []


class RegisterClient(ClientAccess):
    """A new app; everything else follows from its kind."""

    client_name: Name
    kind: ClientKind
    redirect_uris: Addresses = []
    post_logout_redirect_uris: Addresses = []


class EditClient(_Input):
    """The settings of an app that may change. Its kind, its id and who may use it are not among them."""

    client_name: Name
    redirect_uris: Addresses = []
    post_logout_redirect_uris: Addresses = []
    scopes: list[Scope] = []
    access_claims: list[AccessClaim] = []
    token_endpoint_auth_method: AuthMethod | None = None
    id_token_signed_response_alg: SigningAlgorithm = "RS256"  # noqa: S105
    require_pkce: bool = True
    require_consent: bool = True
    client_uri: Link | None = None
    logo_uri: Link | None = None
    policy_uri: Link | None = None
    tos_uri: Link | None = None


class RotateSecret(_Input):
    """A new secret; the older ones go on working for so many seconds, while the app is switched over."""

    overlap_seconds: Overlap = 86400
