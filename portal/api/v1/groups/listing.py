"""Groups, found; and how they come, are called otherwise, and go."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from portal.access.repository import Groups
from portal.access.repository.named_pages import Sort
from portal.access.schemas import CreateGroup, EditGroup
from portal.access.usecases.groups import create_group as make_group
from portal.access.usecases.groups import delete_group as remove_group
from portal.access.usecases.groups import edit_group as change_group
from portal.api.calls import Call
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, Rehearsal
from portal.api.v1.groups.room import PATH, GroupView, group_of, groups, locked, shown, view
from portal.api.v1.parts import RehearsalWithReason, looks_after_groups


class GroupQuery(ListQuery):
    """Which groups are wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name or a description.")] = ""
    is_requestable: bool | None = None
    role_id: Annotated[UUID | None, Field(description="Those that give this role.")] = None
    sort: Annotated[Sort, Field(description="A to Z, unless said.")] = "name"


@groups.get(
    "/groups", scope="groups:read", permission=("read", "group"), concerns=looks_after_groups,
    query=GroupQuery, returns=GroupView, is_list=True,
)  # fmt: skip
def list_groups(call: Call[GroupQuery, None]) -> Listing[GroupView]:
    """Every group.

    Who may not read groups and looks after some finds those.
    """
    asked, turn = call.query, call.turn
    found = Groups(call.session).found(
        search=asked.q,
        is_requestable=asked.is_requestable,
        giving=asked.role_id,
        administered_by=None if call.bearer.may("read", "group") else call.bearer.user_id,
        sort=asked.sort,
        before=turn.before,
        after=turn.after,
        size=asked.limit,
    )
    return Listing(items=shown(call, found.items), older=found.older, newer=found.newer)


@groups.post(
    "/groups", scope="groups:write", permission=("create", "group"), body=CreateGroup, returns=GroupView
)
def create_group(call: Call[Nothing, CreateGroup]) -> Created[GroupView]:
    """Make a group, with nobody in it."""
    group = make_group(call.uow, call.body)
    return Created(view(call, group), path=f"/groups/{group.id}")


@groups.get(
    PATH, scope="groups:read", permission=("read", "group"), concerns=looks_after_groups, returns=GroupView
)
def show_group(call: Call[OneQuery, None], group_id: UUID) -> GroupView:
    """One group."""
    return view(call, group_of(call, group_id))


@groups.patch(
    PATH, scope="groups:write", permission=("update", "group"), query=Rehearsal, body=EditGroup, returns=GroupView
)  # fmt: skip
def edit_group(call: Call[Rehearsal, EditGroup], group_id: UUID) -> GroupView:
    """Call a group otherwise, or open it to requests.

    Apps that are told the groups of a person hear the new name from their next token on.
    """
    group = locked(call, group_id)
    call.check_unchanged(view(call, group))
    return view(call, change_group(call.uow, group_id, call.merged(EditGroup, group.describe())))


@groups.delete(PATH, scope="groups:write", permission=("delete", "group"), query=RehearsalWithReason)
def delete_group(call: Call[RehearsalWithReason, Any], group_id: UUID) -> None:
    """Remove a group.

    Its members lose the roles that they hold by it alone. Groups that give more than the caller may do are refused.
    """
    call.check_unchanged(view(call, locked(call, group_id)))
    remove_group(call.uow, group_id, reason=call.query.reason)
