"""Signing up and in without a browser: the two operations whose paths and members never change (contracts)."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field

from portal.accounts.schemas import LogIn, Register
from portal.accounts.services import User
from portal.api.calls import Call
from portal.api.entering import login as enter
from portal.api.entering import register as sign_up
from portal.api.operations import Room
from portal.api.shapes import Created, Nothing, View

auth: Final = Room("Sign-in", "An account and tokens for somebody who has neither.")


class UserResponse(View):
    """Somebody who has an account now."""

    id: UUID
    username: str
    email: str
    is_active: bool
    created_at: datetime = Field(description="RFC 3339, UTC.")

    @classmethod
    def of(cls, user: User) -> "UserResponse":
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            is_active=user.is_active,
            created_at=user.created_at,
        )


class TokenResponse(View):
    """A pair of tokens. The refresh token is for /oauth2/token, with the `client_id` portal-api; it rotates there."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds that the access token lasts.")


@auth.post(
    "/auth/register", scope=None, body=Register, returns=UserResponse, opens_itself=True, refusals=(403,)
)
def register_user(call: Call[Nothing, Any]) -> Created[UserResponse]:
    """Make an account.

    Its address counts as proved once its owner has opened the link that is mailed to it. Values that can't be used,
    and names and addresses that are taken, are 400 with the member named; 403 where nobody may sign up here.
    """
    return Created(UserResponse.of(sign_up(call.given)), path="/me")


@auth.post(
    "/auth/login",
    scope=None,
    body=LogIn,
    returns=TokenResponse,
    status=200,
    opens_itself=True,
    refusals=(401, 403),
)
def login(call: Call[Nothing, Any]) -> TokenResponse:
    """Sign somebody in.

    401 says the same of every wrong name and password. Only after the right password does 403 name what is missing
    (`account_disabled`, `email_unverified`); 429 with the code `locked` means too many wrong ones.
    """
    entered = enter(call.given)
    tokens = entered.tokens
    return TokenResponse(
        access_token=tokens.access_token, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in
    )
