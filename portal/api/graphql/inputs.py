"""What comes in: arguments as the schema has them, turned into the wishes that every door shares."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry
from pydantic import BaseModel, ConfigDict

from portal.api.graphql.auth import hidden


@strawberry.input(description="Somebody who wants an account.")
class RegisterInput:
    """A wish for an account."""

    username: str
    email: str
    password: str = hidden("By the rules of this portal.")

    def members(self) -> Mapping[str, Any]:
        """As the schema of the account knows them."""
        return {"username": self.username, "email": self.email, "password": self.password}


@strawberry.input(description="Somebody who has an account. The username may be an address too.")
class LoginInput:
    """An attempt to sign in."""

    username: str
    password: str = hidden("The one of the account.")

    def members(self) -> Mapping[str, Any]:
        """As the schema of the sign-in knows them."""
        return {"username": self.username, "password": self.password}


@strawberry.input(description="What is to be different; what is left out, or null, stays.")
class UpdateUserInput:
    """A change of an account."""

    email: str | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET


@strawberry.input(description="Who is wanted; all of it has to fit.")
class UserFilter:
    """A part of the username, a part of the address, whether active, and a role by its name."""

    username: str | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET
    role: str | None = strawberry.UNSET


class Asked(BaseModel):
    """A question for people as its cursors remember it: they are good for no other."""

    model_config = ConfigDict(frozen=True)

    username: str = ""
    email: str = ""
    is_active: bool | None = None
    role: str | None = None

    @classmethod
    def of(cls, wish: UserFilter | None) -> "Asked":
        """What of the filter is there."""
        if not wish:
            return cls()
        return cls(
            username=wish.username or "",
            email=wish.email or "",
            is_active=wish.is_active if isinstance(wish.is_active, bool) else None,
            role=wish.role or None,
        )


def row_id(text: str) -> UUID | None:
    """The id of a row; None for whatever is none, so that it leads to nobody."""
    try:
        return UUID(text) if len(text) <= 40 else None
    except ValueError:
        return None
