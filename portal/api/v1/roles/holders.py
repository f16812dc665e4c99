"""Who holds a role: people to whom it was given, and groups that give it to theirs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from portal.access.repository import Groups, Roles
from portal.api.calls import Call
from portal.api.shapes import Listing, ListQuery, OneQuery
from portal.api.v1.parts import NamedView, PersonView, TermView, people_by_id, places, runs
from portal.api.v1.roles.room import PATH, role_of, roles


class HolderView(TermView):
    """A person to whom a role was given."""

    person: PersonView
    assigned_at: datetime
    assigned_by: PersonView | None = Field(
        description="Null where it was the portal, or somebody who is gone."
    )


class GivingGroupView(TermView):
    """A group that gives the role to everybody in it."""

    group: NamedView
    assigned_at: datetime


class HolderQuery(ListQuery):
    """Which holders are wanted."""

    q: Annotated[str, Field(max_length=100, description="Part of a name, username or email address.")] = ""


@roles.get(
    f"{PATH}/holders", scope="roles:read", permission=("read", "role"), query=HolderQuery, returns=HolderView,
    is_list=True,
)  # fmt: skip
def list_role_holders(call: Call[HolderQuery, None], role_id: UUID) -> Listing[HolderView]:
    """To whom a role was given by name, the latest first, with what has ended by itself.

    Whoever holds it through a group alone is among the members of that group: see the groups of the role.
    """
    role_of(call, role_id)
    found = Roles(call.session).assignments_page(
        role_id, search=call.query.q, size=call.query.limit, **places(call.turn)
    )
    givers = people_by_id(call, [one.row.assigned_by for one in found.items])
    items = [
        HolderView(
            person=PersonView.of(one.user),
            expires_at=one.row.expires_at,
            is_live=runs(one.row.expires_at, at=call.now),
            reason=one.row.reason,
            assigned_at=one.row.assigned_at,
            assigned_by=givers.get(one.row.assigned_by) if one.row.assigned_by else None,
        )
        for one in found.items
    ]
    return Listing(items=items, older=found.older, newer=found.newer)


@roles.get(
    f"{PATH}/groups", scope="roles:read", permission=("read", "role"), query=OneQuery, returns=GivingGroupView,
    is_list=True,
)  # fmt: skip
def list_role_groups(call: Call[Any, None], role_id: UUID) -> Listing[GivingGroupView]:
    """Which groups give a role to their members, with what has ended by itself."""
    role_of(call, role_id)
    return Listing(
        items=[
            GivingGroupView(
                group=NamedView(id=group.id, name=group.name),
                expires_at=row.expires_at,
                is_live=runs(row.expires_at, at=call.now),
                reason=row.reason,
                assigned_at=row.assigned_at,
            )
            for row, group in Groups(call.session).with_role(role_id)
        ]
    )
