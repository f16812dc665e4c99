"""What answers are made of. A person's object is only ever made for somebody who may see that person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from portal.access.repository import Role as RoleRow
from portal.access.repository.permissions import PermissionEntry
from portal.accounts.repository import PeopleFilter, Users
from portal.accounts.services import User as UserRow
from portal.api.cursors import cursor_for
from portal.api.entering import Tokens
from portal.api.graphql.auth import field, hidden
from portal.api.graphql.context import Info
from portal.api.graphql.inputs import Asked
from portal.infra.keyset import Place, Slice

MOST_COUNTED = 100_000
CURSORS = "graphql.users"


@strawberry.type(description="One thing that a role permits.")
class Permission:
    """A row of what a role permits."""

    id: strawberry.ID
    resource: str = strawberry.field(description="By name.")
    action: str = strawberry.field(
        description="create, read, update, delete or admin, which implies the others."
    )
    row: strawberry.Private[PermissionEntry]

    @field("Null where it always holds. For whoever may read roles.")
    def conditions(self, info: Info) -> JSON | None:
        if self.row.conditions is not None:
            info.context.sight.require("roles:read", "read", "role")
        return self.row.conditions  # type: ignore[return-value]

    @classmethod
    def of(cls, row: PermissionEntry) -> "Permission":
        return cls(id=strawberry.ID(str(row.id)), resource=row.resource, action=row.action, row=row)


@strawberry.type(description="A named bundle of permissions.")
class Role:
    """A role that somebody holds."""

    id: strawberry.ID
    name: str
    description: str | None
    row_id: strawberry.Private[UUID]
    is_own: strawberry.Private[bool]

    @field("What it permits, by resource. Of other people's roles for whoever may read roles.")
    def permissions(self, info: Info) -> list[Permission]:
        if not self.is_own:
            info.context.sight.require("roles:read", "read", "role")
        return [Permission.of(row) for row in info.context.loaders.permissions.of(self.row_id)]

    @classmethod
    def of(cls, row: RoleRow, *, is_own: bool) -> "Role":
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            description=row.description or None,
            row_id=row.id,
            is_own=is_own,
        )


@strawberry.type(description="A person with an account.")
class User:
    """A person, as far as whoever asks may see them."""

    id: strawberry.ID
    username: str
    email: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    name: str
    email_verified: bool
    row_id: strawberry.Private[UUID]

    @field("Held by name or by a group, now. Those of others with the scope roles:read.")
    def roles(self, info: Info) -> list[Role]:
        info.context.sight.require_roles_of(self.row_id)
        rows = info.context.loaders.roles.of(self.row_id)
        info.context.loaders.permissions.expect(row.id for row in rows)
        is_own = info.context.sight.is_self(self.row_id)
        return [Role.of(row, is_own=is_own) for row in rows]

    @classmethod
    def of(cls, row: UserRow, info: Info) -> "User":
        """Call it for whom the caller may see; with one person of a page, their roles are expected too."""
        info.context.loaders.roles.expect([row.id])
        return cls(
            id=strawberry.ID(str(row.id)),
            username=row.username,
            email=row.email,
            is_active=row.is_active,
            created_at=row.created_at,
            updated_at=row.updated_at,
            name=row.display_name,
            email_verified=row.email_verified,
            row_id=row.id,
        )


@strawberry.type(description="Tokens of somebody who has just signed in.")
class AuthPayload:
    """Who it is, and what their program goes on with."""

    user: User
    expires_in: int
    access_token: str = hidden("A bearer token, for as many seconds as “expiresIn” says.")
    refresh_token: str = hidden(
        "For one use at the token endpoint, as the client “portal-api”; the answer brings the next one."
    )

    @classmethod
    def of(cls, user: User, tokens: Tokens) -> "AuthPayload":
        return cls(
            user=user,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in,
        )


@strawberry.type(description="Where a page of a list lies.")
class PageInfo:
    """Whether there is more on either side, and from where to go on."""

    has_next_page: bool
    has_previous_page: bool
    place: strawberry.Private["Placed"]

    @field("Of the first in it.")
    def start_cursor(self) -> str | None:
        return self.place.cursor(0)

    @field("Of the last in it.")
    def end_cursor(self) -> str | None:
        return self.place.cursor(-1)


@strawberry.type(description="A person in a list.")
class UserEdge:
    """A person, and their place."""

    node: User
    place: strawberry.Private["Placed"]
    number: strawberry.Private[int]

    @field("Opaque, and good for this list with these filters only.")
    def cursor(self) -> str:
        return self.place.cursor(self.number) or ""


@strawberry.type(description="A page of people, the newest first.")
class UserConnection:
    """A page, by its number or from a cursor on."""

    edges: list[UserEdge]
    page_info: PageInfo
    wanted: strawberry.Private[PeopleFilter | None]

    @field("How many there are in all; counted up to a hundred thousand.")
    def total_count(self, info: Info) -> int:
        if self.wanted is None:
            return 0
        return Users(info.context.session).count_up_to(MOST_COUNTED, self.wanted)

    @classmethod
    def of(
        cls, page: Slice[UserRow], wanted: PeopleFilter | None, asked: Asked, info: Info
    ) -> "UserConnection":
        """`wanted` is None where nobody can be."""
        place = Placed(page.items, asked)
        return cls(
            edges=[
                UserEdge(node=User.of(row, info), place=place, number=number)
                for number, row in enumerate(page.items)
            ],
            page_info=PageInfo(
                has_next_page=page.older is not None, has_previous_page=page.newer is not None, place=place
            ),
            wanted=wanted,
        )


class Placed:
    """Cursors of a page, sealed only where somebody asks for them."""

    def __init__(self, rows: Sequence[UserRow], asked: Asked) -> None:
        self._rows, self._asked = rows, asked

    def cursor(self, number: int) -> str | None:
        """That of a row; None on an empty page."""
        if not self._rows:
            return None
        row = self._rows[number]
        return cursor_for(
            "before", Place("newest", row.created_at, row.id), operation=CURSORS, query=self._asked
        )
