"""What can be done to many people at once: in words, with what it asks, and by which use case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from wtforms import SelectField, StringField, TextAreaField

from portal.access.schemas import AddMember, GiveRole
from portal.access.schemas.fields import Reason, Until
from portal.access.usecases.assignments import give_role, take_role
from portal.access.usecases.memberships import add_member
from portal.accounts.schemas import DisableUser, Input
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.accounts.usecases.recovery import send_recovery
from portal.admin.console import may
from portal.admin.days import LastDayField
from portal.http.forms import SchemaForm
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.usecases.sign_out import end_all_sessions


class Nothing(Input):
    """The act says everything."""


class TakeRole(Input):
    """A role that is not to be held by name any more."""

    role_id: UUID
    reason: Reason = None


class JoinGroup(Input):
    """A group, until when, and why."""

    group_id: UUID
    expires_at: Until = None
    reason: Reason = None


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


@dataclass(frozen=True, kw_only=True)
class Act:
    """One of them. `do` answers with what happened to the person, or with nothing if all is said."""

    label: str
    question: str
    """The heading of the page that asks; {people} is how many."""
    consequence: str
    done: str
    icon: str
    action: str
    resource: str
    form: type[SchemaForm[Any]]
    do: Callable[[UnitOfWork, UUID, Any], str | None]
    tone: str = ""


def _disable(uow: UnitOfWork, user_id: UUID, wish: DisableUser) -> str | None:
    before = uow.now
    user = disable_user(uow, user_id, wish)
    return None if user.updated_at == before else "Was disabled already"


def _enable(uow: UnitOfWork, user_id: UUID, _wish: Nothing) -> str | None:
    user = enable_user(uow, user_id)
    return None if user.updated_at == uow.now else "Was active already"


def _give_role(uow: UnitOfWork, user_id: UUID, wish: GiveRole) -> None:
    give_role(uow, user_id, wish)


def _join(uow: UnitOfWork, user_id: UUID, wish: JoinGroup) -> None:
    add_member(uow, wish.group_id, AddMember(user_id=user_id, expires_at=wish.expires_at, reason=wish.reason))


def _end_sessions(uow: UnitOfWork, user_id: UUID, _wish: Nothing) -> str:
    ended = end_all_sessions(uow, user_id)
    return (
        "Was signed in nowhere"
        if not ended
        else "1 session ended"
        if ended == 1
        else f"{ended} sessions ended"
    )


ACTS: Final[Mapping[str, Act]] = {
    "disable": Act(
        label="Disable",
        question="Disable {people}?",
        consequence="Every session of theirs ends now, apps get no new tokens, and none of them signs in until you "
        "enable them again. Nothing is deleted.",
        done="Disabled",
        icon="user-round-x",
        action="update",
        resource="user",
        form=ReasonForm,
        do=_disable,
        tone="danger",
    ),
    "enable": Act(
        label="Enable",
        question="Enable {people}?",
        consequence="They can sign in again. What has ended stays ended.",
        done="Enabled",
        icon="user-round-check",
        action="update",
        resource="user",
        form=NothingForm,
        do=_enable,
    ),
    "give-role": Act(
        label="Give a role",
        question="Give a role to {people}?",
        consequence="Whoever holds the role by name already gets the new end date.",
        done="Holds the role",
        icon="badge-check",
        action="update",
        resource="role",
        form=GiveForm,
        do=_give_role,
    ),
    "take-role": Act(
        label="Take a role",
        question="Take a role from {people}?",
        consequence="The role is not held by name any more; a group may still give it.",
        done="Does not hold it by name any more",
        icon="badge-minus",
        action="update",
        resource="role",
        form=TakeForm,
        do=lambda uow, user_id, wish: take_role(uow, user_id, wish.role_id, reason=wish.reason),
        tone="danger",
    ),
    "join-group": Act(
        label="Add to a group",
        question="Add {people} to a group?",
        consequence="They get every role that the group gives. Whoever is in it already gets the new end date.",
        done="Is in the group",
        icon="contact-round",
        action="update",
        resource="group",
        form=JoinForm,
        do=_join,
    ),
    "end-sessions": Act(
        label="Sign out",
        question="Sign {people} out everywhere?",
        consequence="Every browser of theirs is signed out now. They can sign in again.",
        done="Signed out",
        icon="log-out",
        action="delete",
        resource="session",
        form=NothingForm,
        do=_end_sessions,
    ),
    "send-recovery": Act(
        label="Send recovery mail",
        question="Send a recovery mail to {people}?",
        consequence="Each gets a link by which they set a new password. Their present one works until then.",
        done="The mail is on its way",
        icon="send",
        action="update",
        resource="user",
        form=NothingForm,
        do=lambda uow, user_id, _wish: send_recovery(uow, user_id),
    ),
}


def allowed_acts() -> dict[str, Act]:
    """Those that whoever looks may do."""
    if not may("update", "user"):
        return {}
    return {key: act for key, act in ACTS.items() if may(act.action, act.resource)}
