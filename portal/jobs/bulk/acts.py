"""What is done to people who are there: each kind by the use case that the pages use for one of them."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from portal.access.errors import NotHeld
from portal.access.rules import ACCESS
from portal.access.schemas import AddMember, GiveRole
from portal.access.schemas.bulk import JoinGroup, LeaveGroup, TakeRole
from portal.access.usecases.assignments import give_role, take_role
from portal.access.usecases.memberships import add_member, remove_member
from portal.accounts.errors import UserNotFound
from portal.accounts.schemas import DisableUser, Input
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.accounts.usecases.recovery import send_recovery
from portal.infra.bulk import BulkItem, BulkJob
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.bulk.outcomes import Doing, Executor, Outcome
from portal.sessions.usecases.sign_out import end_all_sessions

W = TypeVar("W", bound=Input)

Act = Callable[[UUID], object]


class Nothing(Input):
    """The act says everything."""


def _executor(
    schema: type[W], act: Callable[[UnitOfWork, W, UUID], object], *, done: str, unchanged: str
) -> Executor:
    """Where the use case tells of nothing, nothing has changed."""

    def prepared(uow: UnitOfWork, job: BulkJob) -> Doing:
        wish = schema.model_validate(job.parameters)
        uow.lock(ACCESS)
        return partial(do, uow, wish)

    def do(uow: UnitOfWork, wish: W, item: BulkItem) -> Outcome:
        if item.subject_id is None:
            raise UserNotFound
        told = len(uow.published)
        try:
            act(uow, wish, item.subject_id)
        except NotHeld as nothing_to_take:
            return Outcome("unchanged", nothing_to_take.code, nothing_to_take.message)
        if len(uow.published) == told:
            return Outcome("unchanged", "unchanged", unchanged)
        return Outcome("done", "done", done)

    return prepared


def _join(uow: UnitOfWork, wish: JoinGroup, user_id: UUID) -> None:
    add_member(uow, wish.group_id, AddMember(user_id=user_id, expires_at=wish.expires_at, reason=wish.reason))


DISABLE: Final = _executor(
    DisableUser,
    lambda uow, wish, user_id: disable_user(uow, user_id, wish),
    done="Disabled",
    unchanged="Was disabled already",
)
ENABLE: Final = _executor(
    Nothing,
    lambda uow, _, user_id: enable_user(uow, user_id),
    done="Enabled",
    unchanged="Was active already",
)
GIVE_ROLE: Final = _executor(
    GiveRole,
    lambda uow, wish, user_id: give_role(uow, user_id, wish),
    done="Holds the role",
    unchanged="Held the role already",
)
TAKE_ROLE: Final = _executor(
    TakeRole,
    lambda uow, wish, user_id: take_role(uow, user_id, wish.role_id, reason=wish.reason),
    done="Does not hold it by name any more",
    unchanged="Did not hold it by name",
)
JOIN_GROUP: Final = _executor(JoinGroup, _join, done="Is in the group", unchanged="Was in the group already")
LEAVE_GROUP: Final = _executor(
    LeaveGroup,
    lambda uow, wish, user_id: remove_member(uow, wish.group_id, user_id, reason=wish.reason),
    done="Is not in the group any more",
    unchanged="Was not in the group",
)
END_SESSIONS: Final = _executor(
    Nothing,
    lambda uow, _, user_id: end_all_sessions(uow, user_id),
    done="Signed out",
    unchanged="Was signed in nowhere",
)
SEND_RECOVERY: Final = _executor(
    Nothing,
    lambda uow, _, user_id: send_recovery(uow, user_id),
    done="The mail is on its way",
    unchanged="No mail was sent",
)
