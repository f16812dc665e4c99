"""Questions."""

from typing import Final

import strawberry

from portal.access.repository import Roles, with_role
from portal.accounts.repository import PeopleFilter, Users
from portal.accounts.services import User as UserRow
from portal.api.cursors import turn_of
from portal.api.graphql.auth import AuthLevel, field
from portal.api.graphql.context import Context, Info
from portal.api.graphql.inputs import Asked, UserFilter, row_id
from portal.api.graphql.limits import DEFAULT_PAGE, MOST_PAGE
from portal.api.graphql.types import CURSORS, User, UserConnection
from portal.infra.errors import Invalid
from portal.infra.keyset import Place, Slice, place_in

FURTHEST: Final = 10_000
"""How far pages are counted from the beginning; each row before a page is read for it."""
MOST_TEXT: Final = 100


@strawberry.type
class Query:
    """What can be asked."""

    @field(
        "One person; null where there is none, or none that the caller may know of. "
        "Oneself with the scope account:read, others with users:read and the permission user:read."
    )
    def user(self, info: Info, id: strawberry.ID) -> User | None:  # noqa: A002 - the contract's name
        user_id = row_id(id)
        if user_id is None or not info.context.sight.sees(user_id):
            return None
        row = Users(info.context.session).get(user_id)
        return User.of(row, info) if row is not None else None

    @field(
        "People, the newest first, by the number of the page or on from a cursor. "
        "With the scope users:read and the permission user:read; to filter by role, roles:read and role:read too."
    )
    def users(  # noqa: PLR0917 - arguments of the contract, which nobody gives by place
        self,
        info: Info,
        page: int | None = 1,
        size: int | None = DEFAULT_PAGE,
        filter: UserFilter | None = strawberry.UNSET,  # noqa: A002 - the contract's name
        after: str | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> UserConnection:
        context, asked = info.context, Asked.of(filter)
        context.sight.require("users:read", "read", "user")
        if asked.role is not None:
            context.sight.require("roles:read", "read", "role")
        wanted = _wanted(context, asked)
        number, rows = 1 if page is None else page, DEFAULT_PAGE if size is None else size
        if wanted is None:
            return UserConnection.of(Slice([]), None, asked, info)
        found = _page(
            context, wanted, asked, page=number, size=rows, after=after or None, before=before or None
        )
        return UserConnection.of(found, wanted, asked, info)

    @field("Whose token it is. With the scope account:read.", requires=AuthLevel.USER)
    def current_user(self, info: Info) -> User | None:
        sight = info.context.sight
        sight.require_scope("account:read")
        row = Users(info.context.session).get(sight.caller.user_id)
        return User.of(row, info) if row is not None else None


def _wanted(context: Context, asked: Asked) -> PeopleFilter | None:
    """None where nobody can fit, since there is no such role."""
    for name, text in (("username", asked.username), ("email", asked.email), ("role", asked.role or "")):
        if len(text) > MOST_TEXT:
            raise Invalid(f"Use at most {MOST_TEXT} characters", field=f"filter.{name}")
    among = []
    if asked.role is not None:
        role = Roles(context.session).by_name(asked.role)
        if role is None:
            return None
        among.append(with_role(role.id, at=context.now))
    return PeopleFilter(
        username=asked.username, email=asked.email, is_active=asked.is_active, among=tuple(among)
    )


def _page(
    context: Context,
    wanted: PeopleFilter,
    asked: Asked,
    *,
    page: int,
    size: int,
    after: str | None,
    before: str | None,
) -> Slice[UserRow]:
    if not 1 <= size <= MOST_PAGE:
        raise Invalid(f"A page holds 1 to {MOST_PAGE}.", field="size")
    skip = (page - 1) * size
    if page < 1 or skip > FURTHEST:
        raise Invalid(
            f"Pages are counted from 1, up to {FURTHEST:,} people. Further on, use “after” with a cursor.",
            field="page",
        )
    if (after or before) and (page != 1 or (after and before)):
        raise Invalid("Go on from one cursor, or by the number of the page.", field="after")
    return Users(context.session).page(
        wanted,
        before=_place(after, asked, "after"),
        after=_place(before, asked, "before"),
        size=size,
        skip=skip,
    )


def _place(cursor: str | None, asked: Asked, field: str) -> Place | None:
    if cursor is None:
        return None
    place = place_in("newest", turn_of(cursor, operation=CURSORS, query=asked).before)
    if place is None:
        raise Invalid("The cursor is none of this list's.", field=field, code="cursor_unknown")
    return place
