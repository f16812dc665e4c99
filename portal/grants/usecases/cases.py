"""A request at the authorization endpoint as it stands, and what its app gets in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.interaction import NO_PROGRESS, Presence, Progress
from portal.grants.schemas import AuthorizationRequest
from portal.grants.services import Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The signed-in browser that a request came through."""

    session_id: UUID
    presence: Presence
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request as it stands: who asks, who is at the browser, and how far they have come."""

    request: AuthorizationRequest
    client: ClientSnapshot
    visit: Visit | None
    progress: Progress = NO_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the response type names, for the way back and nothing else."""

    code: str | None = field(default=None, repr=False)
    issued: Issued | None = field(default=None, repr=False)
    """What the tokens are made from that come through the browser; None where none do."""
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Claims about the person for the ID token among them."""
