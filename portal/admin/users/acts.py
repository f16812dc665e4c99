"""What can be done to many people at once: in words, with what it asks, and as which wish."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wtforms import SelectField, StringField, TextAreaField

from portal.access.schemas import GiveRole
from portal.access.schemas.bulk import (
    BulkKind,
    DisableMany,
    EnableMany,
    EndSessionsOfMany,
    GiveRoleToMany,
    JoinGroup,
    LeaveGroup,
    ManyJoinGroup,
    ManyLeaveGroup,
    ManyPeople,
    Selection,
    SendRecoveryToMany,
    TakeRole,
    TakeRoleFromMany,
)
from portal.access.services.bulk import NEEDED
from portal.accounts.schemas import DisableUser, Input
from portal.admin.console import may
from portal.admin.days import LastDayField
from portal.http.forms import SchemaForm


class Nothing(Input):
    """The act says everything."""


class NothingForm(SchemaForm[Nothing]):
    """Only the token."""

    schema = Nothing


class ReasonForm(SchemaForm[DisableUser]):
    """Why; it stays in the audit log."""

    schema = DisableUser

    reason = TextAreaField("Reason")


class GiveForm(SchemaForm[GiveRole]):
    """Which role, until when, and why."""

    schema = GiveRole

    role_id = SelectField("Role", validate_choice=False)
    expires_at = LastDayField("Until")
    reason = StringField("Reason")


class TakeForm(SchemaForm[TakeRole]):
    """Which role, and why."""

    schema = TakeRole

    role_id = SelectField("Role", validate_choice=False)
    reason = StringField("Reason")


class JoinForm(SchemaForm[JoinGroup]):
    """Which group, until when, and why."""

    schema = JoinGroup

    group_id = SelectField("Group", validate_choice=False)
    expires_at = LastDayField("Until")
    reason = StringField("Reason")


class LeaveForm(SchemaForm[LeaveGroup]):
    """Which group, and why."""

    schema = LeaveGroup

    group_id = SelectField("Group", validate_choice=False)
    reason = StringField("Reason")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One of them."""

    label: str
    question: str
    """The heading of the page that asks; {people} is how many."""
    consequence: str
    icon: str
    form: type[SchemaForm[Any]]
    wish: type[ManyPeople]
    tone: str = ""

    def of(self, asked: Input, people: Selection) -> ManyPeople:
        """What the form asked for, and for whom."""
        return self.wish.model_validate({**asked.model_dump(), "people": people})


ACTS: Final[Mapping[BulkKind, Act]] = {
    "disable": Act(
        label="Disable",
        question="Disable {people}?",
        consequence="Every session of theirs ends now, apps get no new tokens, and none of them signs in until you "
        "enable them again. Nothing is deleted.",
        icon="user-round-x",
        form=ReasonForm,
        wish=DisableMany,
        tone="danger",
    ),
    "enable": Act(
        label="Enable",
        question="Enable {people}?",
        consequence="They can sign in again. What has ended stays ended.",
        icon="user-round-check",
        form=NothingForm,
        wish=EnableMany,
    ),
    "give_role": Act(
        label="Give a role",
        question="Give a role to {people}?",
        consequence="Whoever holds the role by name already gets the new end date.",
        icon="badge-check",
        form=GiveForm,
        wish=GiveRoleToMany,
    ),
    "take_role": Act(
        label="Take a role",
        question="Take a role from {people}?",
        consequence="The role is not held by name any more; a group may still give it.",
        icon="badge-minus",
        form=TakeForm,
        wish=TakeRoleFromMany,
        tone="danger",
    ),
    "join_group": Act(
        label="Add to a group",
        question="Add {people} to a group?",
        consequence="They get every role that the group gives. Whoever is in it already gets the new end date.",
        icon="contact-round",
        form=JoinForm,
        wish=ManyJoinGroup,
    ),
    "leave_group": Act(
        label="Remove from a group",
        question="Remove {people} from a group?",
        consequence="They lose every role that they hold by the group alone.",
        icon="user-round-minus",
        form=LeaveForm,
        wish=ManyLeaveGroup,
        tone="danger",
    ),
    "end_sessions": Act(
        label="Sign out",
        question="Sign {people} out everywhere?",
        consequence="Every browser of theirs is signed out now. They can sign in again.",
        icon="log-out",
        form=NothingForm,
        wish=EndSessionsOfMany,
    ),
    "send_recovery": Act(
        label="Send recovery email",
        question="Send a recovery email to {people}?",
        consequence="Each gets a link by which they set a new password. Their present one works until then.",
        icon="send",
        form=NothingForm,
        wish=SendRecoveryToMany,
    ),
}


def may_do(kind: str) -> bool:
    """Whether whoever looks may do, and so cancel, this kind of work."""
    needed = next((pairs for known, pairs in NEEDED.items() if known == kind), None)
    return needed is not None and all(may(action, resource) for action, resource in needed)


def allowed_acts() -> dict[str, Act]:
    """Those that whoever looks may do."""
    return {kind: act for kind, act in ACTS.items() if may_do(kind)}
