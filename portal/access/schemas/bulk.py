"""One act for many people, as whatever door takes it in: whom it is about, and what the act itself wants to know."""

from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from portal.access.schemas.fields import Document, Reason, Until
from portal.access.schemas.roles import GiveRole
from portal.accounts.schemas import AddUser, DisableUser, Input

MOST_NAMED: Final = 10_000
"""People of one wish that names each of them, or lines of one that brings them."""

BulkKind = Literal[
    "disable",
    "enable",
    "give_role",
    "take_role",
    "join_group",
    "leave_group",
    "end_sessions",
    "send_recovery",
    "import",
]
_Search = Annotated[str, Field(max_length=100)]
_Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=20)]


class PeopleWish(Input):
    """Who is wanted, as the filters of the list have it. Moments are half-open: from `since`, until just before."""

    text: _Search = ""
    state: Literal["active", "unverified", "disabled"] | None = None
    is_verified: bool | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    signed_in_since: AwareDatetime | None = None
    signed_in_before: AwareDatetime | None = None
    created_since: AwareDatetime | None = None
    created_before: AwareDatetime | None = None


class Selection(Input):
    """Whom it is about: those named, or everybody who matches when it begins. `expected` is how many matched when
    somebody looked; if it is another number by then, nothing begins.
    """

    user_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_NAMED)] | None = None
    matching: PeopleWish | None = None
    expected: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_it_in_one_way(self) -> Self:
        if (self.user_ids is None) == (self.matching is None):
            raise ValueError("Name people, or say whom they must match: one of both")
        return self


class TakeRole(Input):
    """A role that is not to be held by name any more."""

    role_id: UUID
    reason: Reason = None


class JoinGroup(Input):
    """A group, until when, and why."""

    group_id: UUID
    expires_at: Until = None
    reason: Reason = None


class LeaveGroup(Input):
    """A group that people are not to be in any more, and why."""

    group_id: UUID
    reason: Reason = None


class DisableMany(DisableUser):
    """Shut them out, and say why."""

    kind: Literal["disable"] = "disable"
    people: Selection


class EnableMany(Input):
    """Let them in again."""

    kind: Literal["enable"] = "enable"
    people: Selection


class GiveRoleToMany(GiveRole):
    """They hold the role, perhaps until a date."""

    kind: Literal["give_role"] = "give_role"
    people: Selection


class TakeRoleFromMany(TakeRole):
    """They do not hold the role by name any more."""

    kind: Literal["take_role"] = "take_role"
    people: Selection


class ManyJoinGroup(JoinGroup):
    """They are in the group, perhaps until a date."""

    kind: Literal["join_group"] = "join_group"
    people: Selection


class ManyLeaveGroup(LeaveGroup):
    """They are not in the group any more."""

    kind: Literal["leave_group"] = "leave_group"
    people: Selection


class EndSessionsOfMany(Input):
    """They are signed out everywhere."""

    kind: Literal["end_sessions"] = "end_sessions"
    people: Selection


class SendRecoveryToMany(Input):
    """Each gets a link by which they set a new password."""

    kind: Literal["send_recovery"] = "send_recovery"
    people: Selection


class ImportPerson(AddUser):
    """Somebody new, with the names of their roles and groups. `line` is where in a file it stood."""

    roles: _Names = ()
    groups: _Names = ()
    attributes: Document = Field(default_factory=dict)
    line: Annotated[int, Field(ge=1)] | None = None


class ImportMany(Input):
    """Accounts for people who have none, and whether a mail invites them."""

    kind: Literal["import"] = "import"
    lines: Annotated[tuple[ImportPerson, ...], Field(min_length=1, max_length=MOST_NAMED)]
    invite: bool = False
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the file they come from."""


ManyPeople = (
    DisableMany | EnableMany | GiveRoleToMany | TakeRoleFromMany | ManyJoinGroup | ManyLeaveGroup | EndSessionsOfMany
    | SendRecoveryToMany
)  # fmt: skip
BulkWish = Annotated[ManyPeople | ImportMany, Field(discriminator="kind")]
"""What a door hands to `start_bulk`."""
