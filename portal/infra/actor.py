"""Who acts: carried by every unit of work and written into every audit entry."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

ActorKind = Literal["anonymous", "user", "client", "cli", "system"]
TokenType = Literal["access_token", "personal_token"]


@dataclass(frozen=True, kw_only=True)
class TokenUsed:
    """The token by which somebody acted; never its text."""

    kind: TokenType
    id: UUID
    """Of a personal access token its own; of an access token that of the family that it descends from, which is what
    an operator finds, ends, and asks the log for.
    """
    name: str = ""
    """What its person called it; or the app that the access token was issued to."""
    jti: str | None = None
    """Of an access token."""


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
    token: TokenUsed | None = None


SYSTEM = Actor(kind="system", label="System")
CLI = Actor(kind="cli", label="Command line")
