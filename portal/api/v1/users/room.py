"""The room, and how it shows a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.repository import Roles
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import View

users: Final = Room("Users", "People with an account.")


class UserView(View):
    """A person, as those see them who look after accounts."""

    id: UUID
    username: str
    email: str
    email_verified: bool
    name: str
    given_name: str | None
    family_name: str | None
    locale: str | None
    zoneinfo: str | None
    is_active: bool
    disabled_reason: str | None
    attributes: dict[str, Any] | None = Field(
        description="What operators note beyond the profile, for conditions."
    )
    roles: list[str] | None = Field(
        description="Names of all roles held now, by name or through a group; null without the permission role:read."
    )
    last_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime


def shown(call: Call[Any, Any], people: Sequence[User]) -> list[UserView]:
    """The people of one answer, in one statement more."""
    may_see = call.bearer.may("read", "role")
    held = Roles(call.session).names_of_users([user.id for user in people], at=call.now) if may_see else {}
    own = {name for name in UserView.model_fields if name != "roles"}
    return [
        UserView(
            **{name: getattr(user, name) for name in own},
            roles=sorted(held.get(user.id, ())) if may_see else None,
        )
        for user in people
    ]


def view(call: Call[Any, Any], user: User) -> UserView:
    return shown(call, [user])[0]


def locked(call: Call[Any, Any], user_id: UUID) -> User:
    """The person, unchanged by anyone else until the end of the call, and as `If-Match` says.

    Raises:
        UserNotFound, PreconditionFailed
    """
    user = Users(call.session).lock(user_id)
    if user is None:
        raise UserNotFound
    if call.if_match is not None:
        call.check_unchanged(view(call, user))
    return user
