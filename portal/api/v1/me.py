"""Whoever calls, about themselves: the profile that they may change, and what they may do."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from portal.access.repository import Roles
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.schemas import Profile
from portal.accounts.services import User
from portal.accounts.usecases.edit_profile import edit_profile
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import OneQuery, View
from portal.api.v1.parts import person_of
from portal.http.context import current_portal

me: Final = Room("Me", "The person that the token stands for.")


class Address(View):
    """Members of the address claim (OpenID Connect Core 5.1.1)."""

    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class MeView(View):
    """A person, as they see themselves."""

    id: UUID
    username: str
    email: str
    email_verified: bool
    is_active: bool
    name: str
    given_name: str | None
    family_name: str | None
    middle_name: str | None
    nickname: str | None
    profile: str | None
    picture: str | None
    website: str | None
    gender: str | None
    birthdate: date | None
    zoneinfo: str | None
    locale: str | None
    phone_number: str | None
    phone_number_verified: bool
    address: Address | None
    roles: list[str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, user: User, roles: list[str]) -> "MeView":
        shown: dict[str, Any] = {
            name: getattr(user, name)
            for name in cls.model_fields
            if hasattr(User, name) and name != "address"
        }
        return cls(
            **shown,
            phone_number_verified=user.phone_number_verified_at is not None,
            address=Address(**user.address) if user.address else None,
            roles=roles,
        )


class PermissionsView(View):
    """What a person may do here and now, as `resource:action`."""

    permissions: list[str]


@me.get("/me", scope="account:read", returns=MeView)
def show_me(call: Call[OneQuery, None]) -> MeView:
    """The person that the token stands for."""
    return _view(call, person_of(call, call.bearer.user_id))


@me.patch("/me", scope="account:write", body=Profile, returns=MeView)
def edit_me(call: Call[OneQuery, Profile]) -> MeView:
    """Change one's profile.

    A JSON Merge Patch of the profile: members that are null are emptied, those that are missing stay. The email
    address and the password change on the portal's pages only, where the password is asked for.
    """
    user = Users(call.session).lock(call.bearer.user_id)
    if user is None:
        raise UserNotFound
    call.check_unchanged(_view(call, user))
    kept = {name: getattr(user, name) for name in Profile.model_fields if hasattr(User, name)}
    wish = call.merged(Profile, kept | (user.address or {}))
    return _view(call, edit_profile(call.uow, user.id, wish))


@me.get("/me/permissions", scope="account:read", returns=PermissionsView)
def my_permissions(call: Call[OneQuery, None]) -> PermissionsView:
    """What one may do here and now.

    Conditions are judged as they stand for this call: this moment, this address, and how the person had signed in.
    """
    return PermissionsView(permissions=sorted(call.bearer.access.permissions()))


def _view(call: Call[Any, Any], user: User) -> MeView:
    at = current_portal().ports.clock.now()
    return MeView.of(user, sorted(Roles(call.session).names_of_users([user.id], at=at).get(user.id, ())))
