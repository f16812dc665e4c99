"""Roles, found; and how they come, are called otherwise, and go."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from portal.access.repository import Roles
from portal.access.repository.named_pages import Sort
from portal.access.schemas import CreateRole, EditRole
from portal.access.usecases.roles import create_role as make_role
from portal.access.usecases.roles import delete_role as remove_role
from portal.access.usecases.roles import edit_role as change_role
from portal.api.calls import Call
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, Rehearsal
from portal.api.v1.parts import RehearsalWithReason
from portal.api.v1.roles.room import PATH, RoleDetail, RoleView, locked, role_of, roles, shown, view


class RoleQuery(ListQuery):
    """Which roles are wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name or a description.")] = ""
    is_system: bool | None = None
    is_requestable: bool | None = None
    owner_id: Annotated[UUID | None, Field(description="Those that this person answers for.")] = None
    sort: Annotated[Sort, Field(description="A to Z, unless said.")] = "name"


@roles.get(
    "/roles", scope="roles:read", permission=("read", "role"), query=RoleQuery, returns=RoleView, is_list=True
)
def list_roles(call: Call[RoleQuery, None]) -> Listing[RoleView]:
    """Every role."""
    asked, turn = call.query, call.turn
    found = Roles(call.session).found(
        search=asked.q,
        is_system=asked.is_system,
        is_requestable=asked.is_requestable,
        owner_id=asked.owner_id,
        sort=asked.sort,
        before=turn.before,
        after=turn.after,
        size=asked.limit,
    )
    return Listing(items=shown(call, found.items), older=found.older, newer=found.newer)


@roles.post("/roles", scope="roles:write", permission=("create", "role"), body=CreateRole, returns=RoleDetail)
def create_role(call: Call[Nothing, CreateRole]) -> Created[RoleDetail]:
    """Make a role that permits nothing yet. `owner` is a username, an email address or an id."""
    role = make_role(call.uow, call.body)
    return Created(view(call, role), path=f"/roles/{role.id}")


@roles.get(PATH, scope="roles:read", permission=("read", "role"), returns=RoleDetail)
def show_role(call: Call[OneQuery, None], role_id: UUID) -> RoleDetail:
    """One role, with what it permits."""
    return view(call, role_of(call, role_id))


@roles.patch(
    PATH, scope="roles:write", permission=("update", "role"), query=Rehearsal, body=EditRole, returns=RoleDetail
)  # fmt: skip
def edit_role(call: Call[Rehearsal, EditRole], role_id: UUID) -> RoleDetail:
    """Call a role otherwise, or let somebody else answer for it.

    Its holders hold it under the new name. `owner` is a username, an email address or an id; null is nobody. System
    roles keep their name: 409.
    """
    role = locked(call, role_id)
    seen = view(call, role)
    call.check_unchanged(seen)
    kept = {**role.describe(), "owner": str(seen.owner.id) if seen.owner else None}
    return view(call, change_role(call.uow, role_id, call.merged(EditRole, kept)))


@roles.delete(PATH, scope="roles:write", permission=("delete", "role"), query=RehearsalWithReason)
def delete_role(call: Call[RehearsalWithReason, Any], role_id: UUID) -> None:
    """Remove a role.

    Nobody holds it any more, by themselves or by a group, and no app asks for it. System roles stay: 409.
    """
    call.check_unchanged(view(call, locked(call, role_id)))
    remove_role(call.uow, role_id, reason=call.query.reason)
