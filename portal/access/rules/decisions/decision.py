"""An answer with its reasons, as screens, the command line and the audit log have it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from portal.access.rules.conditions import Comparison


class Reason(StrEnum):
    """Why the answer is what it is, in a word."""

    GRANTED = "granted"
    INACTIVE = "account_disabled"
    """The account is disabled, and holds nothing that counts."""
    UNKNOWN_RESOURCE = "unknown_resource"
    NO_ROLE = "no_role"
    """No role of theirs permits it."""
    ENDED = "role_ended"
    """A role of theirs did, and has ended."""
    CONDITION = "condition_not_met"
    """A role of theirs does under conditions that are not met."""


Outcome = Literal["granted", "not_met", "unknown", "ended"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One link of the chain from the person to the permission."""

    kind: Literal["user", "group", "role", "permission"]
    label: str
    id: str | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Considered:
    """One way to the permission, and how it went."""

    outcome: Outcome
    role_id: str
    role: str
    group_id: str | None
    group: str | None
    action: str
    """What the permission says; `admin` implies the action that was asked for."""
    ends_at: datetime | None
    conditions: str | None = None
    """In words; None permits always."""
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something that would turn a refusal. `comparisons` of one remedy belong together; each remedy alone may do."""

    kind: Literal["role", "condition", "extend", "enable"]
    role_id: str | None = None
    role: str | None = None
    is_requestable: bool = False
    is_conditional: bool = False
    ended_at: datetime | None = None
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The question, with what was known of the request."""

    user_id: str
    user: str
    action: str
    resource: str
    at: datetime
    resource_id: str | None = None
    ip: str | None = None
    amr: tuple[str, ...] | None = None
    acr: str | None = None
    auth_time: datetime | None = None
    client: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether somebody may do something, and everything that led to it."""

    asked: Asked
    permitted: bool
    reason: Reason
    path: tuple[Step, ...] = ()
    """From the person to the permission that permits; empty for a refusal."""
    considered: tuple[Considered, ...] = ()
    left_out: int = 0
    """How many more were considered than are told."""
    remedies: tuple[Remedy, ...] = ()
    changes_at: datetime | None = None
    """When the answer turns by itself, nobody doing anything; None where it does not as far as can be seen."""
    is_redacted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values, to be kept with a refusal."""
        kept: dict[str, Any] = _DECISIONS.dump_python(self, mode="json", exclude_defaults=True)
        return kept

    @classmethod
    def from_json(cls, kept: object) -> "Decision":
        """What `to_json` made.

        Raises:
            ValueError: it is something else.
        """
        return _DECISIONS.validate_python(kept)


_DECISIONS: Final = TypeAdapter(Decision)
