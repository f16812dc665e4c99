"""What is taken in about apps: shape, length and characters. What depends on an app's kind, the use cases
check.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from portal.clients.rules import ClientKind
from portal.clients.rules.presets import AuthMethod, SigningAlgorithm
from portal.clients.schemas.fields import (
    STRICT,
    AccessClaim,
    Addresses,
    Link,
    Name,
    Overlap,
    Scope,
)

MAX_ROLES = 100
MAX_GROUPS = 200


class _Input(BaseModel):
    """One input: frozen, and with no fields but its own."""

    model_config = STRICT


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
