"""Who acts: carried by every unit of work and written into every audit entry."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

ActorKind = Literal["anonymous", "user", "client", "cli", "system"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks, and from where. `label` is the name a person recognises; it is kept even when the row
    behind `id` is gone.
    """

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    ip: str | None = None
    user_agent: str | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    request_id: str | None = None


SYSTEM = Actor(kind="system", label="System")
CLI = Actor(kind="cli", label="Command line")
