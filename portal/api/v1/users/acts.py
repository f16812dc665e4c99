"""What is done to accounts: the acts of the console, by the same use cases."""

from typing import Any, Final
from uuid import UUID

from portal.accounts.schemas import DisableUser, InviteUser, Profile, StateReason
from portal.accounts.services import User
from portal.accounts.usecases.add_users import add_user, invite_user
from portal.accounts.usecases.edit_profile import edit_profile
from portal.accounts.usecases.manage_users import delete_user, disable_user, enable_user
from portal.accounts.usecases.recovery import send_recovery
from portal.api.calls import Call
from portal.api.inputs import checked
from portal.api.shapes import Created, Nothing
from portal.api.v1.parts import ReasonQuery
from portal.api.v1.users.room import UserView, locked, users, view

_PATH: Final = "/users/<uuid:user_id>"


@users.post("/users", scope="users:write", permission=("create", "user"), body=InviteUser, returns=UserView)
def create_user(call: Call[Nothing, InviteUser]) -> Created[UserView]:
    """Add somebody.

    Nobody but its owner ever sets a password: with `invite` a link is mailed by which they do.
    """
    user = add_user(call.uow, call.body, invite=call.body.invite)
    return Created(view(call, user), path=f"/users/{user.id}")


@users.patch(_PATH, scope="users:write", permission=("update", "user"), body=Profile, returns=UserView)
def edit_user(call: Call[Nothing, Profile], user_id: UUID) -> UserView:
    """Change somebody's profile.

    A JSON Merge Patch: members that are null are emptied, those that are missing stay.
    """
    user = locked(call, user_id)
    kept = {name: getattr(user, name) for name in Profile.model_fields if hasattr(User, name)}
    wish = call.merged(Profile, {**kept, **(user.address or {})})
    return view(call, edit_profile(call.uow, user.id, wish))


@users.post(
    f"{_PATH}/disable",
    scope="users:write",
    permission=("update", "user"),
    body=DisableUser,
    returns=UserView,
    status=200,
)
def disable_account(call: Call[Nothing, DisableUser], user_id: UUID) -> UserView:
    """Shut somebody out.

    Every session and token of theirs ends with the answer. The last administrator, and oneself, are refused with 409.
    """
    return view(call, disable_user(call.uow, user_id, call.body))


@users.post(
    f"{_PATH}/enable", scope="users:write", permission=("update", "user"), returns=UserView, status=200
)
def enable_account(call: Call[Nothing, None], user_id: UUID) -> UserView:
    """Let somebody in again. What had ended stays ended."""
    return view(call, enable_user(call.uow, user_id))


@users.post(f"{_PATH}/invite", scope="users:write", permission=("update", "user"), status=204)
def mail_invitation(call: Call[Nothing, None], user_id: UUID) -> None:
    """Mail somebody without a password the link by which they set one, once more."""
    invite_user(call.uow, user_id)


@users.post(
    f"{_PATH}/recovery", scope="users:write", permission=("update", "user"), body=StateReason, status=204
)
def mail_recovery(call: Call[Nothing, StateReason], user_id: UUID) -> None:
    """Mail somebody a link by which they set a new password."""
    send_recovery(call.uow, user_id, reason=call.body.reason)


@users.delete(_PATH, scope="users:write", permission=("delete", "user"), query=ReasonQuery)
def remove_user(call: Call[ReasonQuery, Any], user_id: UUID) -> None:
    """Remove an account, with all that hangs on it.

    What the audit log says of the person stays, until that is erased as well.
    """
    wish = checked(StateReason, {"reason": call.query.reason})
    delete_user(call.uow, locked(call, user_id).id, wish)
