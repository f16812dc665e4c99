"""Who is in a group, for operators and for those who look after just this one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import NotHeld
from portal.access.repository import Groups
from portal.access.repository.groups import Member
from portal.access.schemas import AddMember, ChangeTerm
from portal.access.usecases.memberships import add_member, remove_member
from portal.accounts.repository import Users
from portal.api.calls import Call
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, Rehearsal
from portal.api.v1.groups.room import PATH, group_of, groups, locked
from portal.api.v1.parts import (
    PersonView,
    RehearsalWithReason,
    TermView,
    looks_after_groups,
    people_by_id,
    places,
    runs,
)
from portal.http.somebody import GUESSES, Somebody, find
from portal.http.throttles import throttle

_MEMBERS: Final = f"{PATH}/members"
_MEMBER: Final = f"{_MEMBERS}/<uuid:user_id>"


class MemberView(TermView):
    """A person in a group."""

    person: PersonView
    added_at: datetime
    added_by: PersonView | None = Field(description="Null where it was the portal, or somebody who is gone.")


class MemberQuery(ListQuery):
    """Which members are wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name, username or email address.")] = ""


@groups.get(
    _MEMBERS, scope="groups:read", permission=("read", "group"), concerns=looks_after_groups,
    query=MemberQuery, returns=MemberView, is_list=True,
)  # fmt: skip
def list_group_members(call: Call[MemberQuery, None], group_id: UUID) -> Listing[MemberView]:
    """Who is in a group, the latest first, with memberships that have ended by themselves."""
    group_of(call, group_id)
    found = Groups(call.session).members_page(
        group_id, search=call.query.q, size=call.query.limit, **places(call.turn)
    )
    return Listing(items=_shown(call, found.items), older=found.older, newer=found.newer)


@groups.get(
    _MEMBER,
    scope="groups:read",
    permission=("read", "group"),
    concerns=looks_after_groups,
    returns=MemberView,
)
def show_group_member(call: Call[OneQuery, None], group_id: UUID, user_id: UUID) -> MemberView:
    """One membership."""
    group_of(call, group_id)
    found = _member(call, group_id, user_id)
    if found is None:
        raise NotHeld("This person is not in the group.")
    return found


@groups.post(
    _MEMBERS, scope="groups:write", permission=("update", "group"), concerns=looks_after_groups, body=Somebody,
    returns=MemberView,
)  # fmt: skip
def add_group_member(call: Call[Nothing, Somebody], group_id: UUID) -> Created[MemberView]:
    """Put somebody into a group, by username or email address.

    For those who look after a group and see no other accounts. Who is in it already gets the new end.
    """
    if not call.bearer.may("read", "user"):
        throttle("group_members", GUESSES, subject=str(call.bearer.user_id))
    locked(call, group_id)
    wish, person = call.body, find(call.session, call.body.who)
    member = AddMember(user_id=person.id, expires_at=wish.expires_at, reason=wish.reason)
    add_member(call.uow, group_id, member)
    return Created(_there(call, group_id, person.id), path=f"/groups/{group_id}/members/{person.id}")


@groups.put(
    _MEMBER, scope="groups:write", permission=("update", "group"), concerns=looks_after_groups, query=Rehearsal,
    body=ChangeTerm, returns=MemberView,
)  # fmt: skip
def set_group_member(call: Call[Rehearsal, ChangeTerm], group_id: UUID, user_id: UUID) -> MemberView:
    """Put somebody into a group, or give their membership another end.

    From their next request on they hold the roles of the group.
    """
    locked(call, group_id)
    call.check_unchanged(_member(call, group_id, user_id))
    wish = AddMember(user_id=user_id, expires_at=call.body.expires_at, reason=call.body.reason)
    add_member(call.uow, group_id, wish)
    return _there(call, group_id, user_id)


@groups.delete(
    _MEMBER, scope="groups:write", permission=("update", "group"), concerns=looks_after_groups,
    query=RehearsalWithReason,
)  # fmt: skip
def remove_group_member(call: Call[RehearsalWithReason, Any], group_id: UUID, user_id: UUID) -> None:
    """Take somebody out of a group. They lose the roles that they hold by it alone."""
    locked(call, group_id)
    call.check_unchanged(_member(call, group_id, user_id))
    remove_member(call.uow, group_id, user_id, reason=call.query.reason)


def _shown(call: Call[Any, Any], found: Sequence[Member]) -> list[MemberView]:
    givers = people_by_id(call, [one.row.added_by for one in found])
    return [_view(call, one, givers) for one in found]


def _view(call: Call[Any, Any], member: Member, givers: Mapping[UUID, PersonView]) -> MemberView:
    row = member.row
    return MemberView(
        person=PersonView.of(member.user),
        expires_at=row.expires_at,
        is_live=runs(row.expires_at, at=call.now),
        reason=row.reason,
        added_at=row.added_at,
        added_by=givers.get(row.added_by) if row.added_by else None,
    )


def _member(call: Call[Any, Any], group_id: UUID, user_id: UUID) -> MemberView | None:
    row, user = Groups(call.session).member(group_id, user_id), Users(call.session).get(user_id)
    return _shown(call, [Member(user, row)])[0] if row is not None and user is not None else None


def _there(call: Call[Any, Any], group_id: UUID, user_id: UUID) -> MemberView:
    found = _member(call, group_id, user_id)
    if found is None:
        raise NotHeld("This person is not in the group.")
    return found
