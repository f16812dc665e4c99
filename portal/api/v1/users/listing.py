"""People, found: searched, filtered, ordered, a page at a time."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from portal.access.repository import Groups, Roles
from portal.access.repository.subsets import in_group, with_role
from portal.accounts.repository import PeopleFilter, Subset, Users
from portal.api.calls import Call
from portal.api.shapes import Listing, ListQuery, OneQuery
from portal.api.v1.parts import person_of
from portal.api.v1.users.room import UserView, shown, users, view
from portal.infra.errors import Invalid
from portal.infra.keyset import place_in


class UserQuery(ListQuery):
    """Who is wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name, username or email address.")] = ""
    state: Literal["active", "unverified", "disabled"] | None = None
    email_verified: bool | None = None
    role: Annotated[
        str, Field(max_length=50, description="Name of a role that they hold; asks for role:read.")
    ] = ""
    group: Annotated[str, Field(max_length=100, description="Name of a group; asks for group:read.")] = ""
    created_since: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    signed_in_since: AwareDatetime | None = None
    signed_in_before: AwareDatetime | None = None
    sort: Annotated[
        Literal["newest", "name", "username", "last_sign_in"],
        Field(description="The newest first, unless said."),
    ] = "newest"


@users.get(
    "/users", scope="users:read", permission=("read", "user"), query=UserQuery, returns=UserView, is_list=True
)
def list_users(call: Call[UserQuery, None]) -> Listing[UserView]:
    """Everybody with an account.

    A search looks at 1,000 matches at most: where there are more, ask for more of the text.
    """
    asked, turn = call.query, call.turn
    wanted = PeopleFilter(
        text=asked.q,
        state=asked.state,
        is_verified=asked.email_verified,
        signed_in_since=_representable(asked.signed_in_since, "signed_in_since"),
        signed_in_before=_representable(asked.signed_in_before, "signed_in_before"),
        created_since=_representable(asked.created_since, "created_since"),
        created_before=_representable(asked.created_before, "created_before"),
        among=_among(call),
    )
    found = Users(call.session).page(
        wanted,
        order=asked.sort,
        before=place_in(asked.sort, turn.before),
        after=place_in(asked.sort, turn.after),
        size=asked.limit,
    )
    return Listing(items=shown(call, found.items), older=found.older, newer=found.newer)


@users.get("/users/<uuid:user_id>", scope="users:read", permission=("read", "user"), returns=UserView)
def show_user(call: Call[OneQuery, None], user_id: UUID) -> UserView:
    """One person."""
    return view(call, person_of(call, user_id))


def _among(call: Call[UserQuery, None]) -> tuple[Subset, ...]:
    """Whoever may not see roles learns nothing of them by asking who has one."""
    among: list[Subset] = []
    if call.query.role:
        call.require("read", "role")
        role = Roles(call.session).by_name(call.query.role)
        if role is None:
            raise Invalid("There is no role of that name.", field="role")
        among.append(with_role(role.id, at=call.now))
    if call.query.group:
        call.require("read", "group")
        group = Groups(call.session).by_name(call.query.group)
        if group is None:
            raise Invalid("There is no group of that name.", field="group")
        among.append(in_group(group.id, at=call.now))
    return tuple(among)


def _representable(moment: datetime | None, field: str) -> datetime | None:
    """Databases keep the years of four digits, whatever the offset."""
    if moment is not None and not 1 < moment.year < 9999:
        raise Invalid("Use a year between 2 and 9998.", field=field)
    return moment
