"""What one person holds: roles and groups with their ways and ends, and what operators note of the person."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import NotHeld
from portal.access.repository import Groups, Roles
from portal.access.rules import ACCESS
from portal.access.schemas import ChangeTerm, GiveRole, SetUserAttributes
from portal.access.usecases.assignments import give_role, set_user_attributes, take_role
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Listing, OneQuery, Rehearsal, View
from portal.api.v1.parts import (
    NamedView,
    PersonView,
    RehearsalWithReason,
    TermView,
    people_by_id,
    person_of,
    runs,
)

assignments: Final = Room("Assignments", "What one person holds, in which ways, and until when.")

_USER: Final = "/users/<uuid:user_id>"
_ROLE: Final = f"{_USER}/roles/<uuid:role_id>"


class HeldRoleView(View):
    """One way in which a person holds a role now."""

    role: NamedView
    group: NamedView | None = Field(description="The group that gives it; null where it was given by name.")
    ends_at: datetime | None = Field(description="The earliest end on this way; null where there is none.")


class AssignmentView(TermView):
    """A role that was given to a person by name."""

    role: NamedView
    assigned_at: datetime
    assigned_by: PersonView | None = Field(
        description="Null where it was the portal, or somebody who is gone."
    )


class MembershipView(View):
    """A group that a person is in now."""

    group: NamedView
    ends_at: datetime | None


class AttributesView(View):
    """What operators noted of a person; conditions compare it as `subject.<name>`."""

    attributes: dict[str, Any]


@assignments.get("/me/roles", scope="account:read", query=OneQuery, returns=HeldRoleView, is_list=True)
def my_roles(call: Call[OneQuery, None]) -> Listing[HeldRoleView]:
    """Every way in which one holds a role."""
    return Listing(items=_held(call, call.bearer.user_id))


@assignments.get("/me/groups", scope="account:read", query=OneQuery, returns=MembershipView, is_list=True)
def my_groups(call: Call[OneQuery, None]) -> Listing[MembershipView]:
    """The groups that one is in."""
    return Listing(items=_memberships(call, call.bearer.user_id))


@assignments.get(
    f"{_USER}/roles", scope="roles:read", permission=("read", "user"), query=OneQuery, returns=HeldRoleView,
    is_list=True,
)  # fmt: skip
def list_user_roles(call: Call[OneQuery, None], user_id: UUID) -> Listing[HeldRoleView]:
    """Every way in which a person holds a role now: by name, or through a group."""
    person_of(call, user_id)
    return Listing(items=_held(call, user_id))


@assignments.get(_ROLE, scope="roles:read", permission=("read", "user"), returns=AssignmentView)
def show_assignment(call: Call[OneQuery, None], user_id: UUID, role_id: UUID) -> AssignmentView:
    """A role that was given to a person by name, ended or not."""
    person_of(call, user_id)
    return _there(call, user_id, role_id)


@assignments.put(
    _ROLE, scope="roles:write", permission=("update", "role"), query=Rehearsal, body=ChangeTerm,
    returns=AssignmentView,
)  # fmt: skip
def assign_role(call: Call[Rehearsal, ChangeTerm], user_id: UUID, role_id: UUID) -> AssignmentView:
    """Give a person a role, or give what they hold another end.

    It counts from their next request. Nobody gives more than they may do themselves: 403 with `too_much_to_give`. An
    end for the last administrator is refused: 409.
    """
    call.uow.lock(ACCESS)
    call.check_unchanged(_one(call, user_id, role_id))
    wish = GiveRole(role_id=role_id, expires_at=call.body.expires_at, reason=call.body.reason)
    give_role(call.uow, user_id, wish)
    return _there(call, user_id, role_id)


@assignments.delete(_ROLE, scope="roles:write", permission=("update", "role"), query=RehearsalWithReason)
def unassign_role(call: Call[RehearsalWithReason, Any], user_id: UUID, role_id: UUID) -> None:
    """Take from a person a role that they hold by name. A group may still give it."""
    call.uow.lock(ACCESS)
    call.check_unchanged(_one(call, user_id, role_id))
    take_role(call.uow, user_id, role_id, reason=call.query.reason)


@assignments.get(
    f"{_USER}/groups", scope="groups:read", permission=("read", "group"), query=OneQuery, returns=MembershipView,
    is_list=True,
)  # fmt: skip
def list_user_groups(call: Call[OneQuery, None], user_id: UUID) -> Listing[MembershipView]:
    """The groups that a person is in now. It asks for user:read too."""
    call.require("read", "user")
    person_of(call, user_id)
    return Listing(items=_memberships(call, user_id))


@assignments.get(
    f"{_USER}/attributes", scope="users:read", permission=("read", "user"), returns=AttributesView
)
def show_user_attributes(call: Call[OneQuery, None], user_id: UUID) -> AttributesView:
    """What operators noted of a person."""
    return _attributes(call, user_id)


@assignments.put(
    f"{_USER}/attributes", scope="users:write", permission=("update", "user"), query=Rehearsal,
    body=SetUserAttributes, returns=AttributesView,
)  # fmt: skip
def set_attributes(call: Call[Rehearsal, SetUserAttributes], user_id: UUID) -> AttributesView:
    """Note something of a person, for conditions; all of it at once.

    Nobody notes anything of themselves who does not decide on all permissions: 403 with `too_much_to_give`.
    """
    call.uow.lock(ACCESS)
    call.check_unchanged(_attributes(call, user_id))
    user = set_user_attributes(call.uow, user_id, call.body)
    return AttributesView(attributes=dict(user.attributes or {}))


def _attributes(call: Call[Any, Any], user_id: UUID) -> AttributesView:
    return AttributesView(attributes=dict(person_of(call, user_id).attributes or {}))


def _held(call: Call[Any, Any], user_id: UUID) -> list[HeldRoleView]:
    return [
        HeldRoleView(
            role=NamedView(id=way.role_id, name=way.name),
            group=NamedView(id=way.group_id, name=way.group_name or "") if way.group_id else None,
            ends_at=way.ends_at,
        )
        for way in Roles(call.session).held_by(user_id, at=call.now)
    ]


def _memberships(call: Call[Any, Any], user_id: UUID) -> list[MembershipView]:
    found = Groups(call.session).of_user(user_id, at=call.now)
    return [
        MembershipView(group=NamedView(id=one.group_id, name=one.name), ends_at=one.ends_at) for one in found
    ]


def _one(call: Call[Any, Any], user_id: UUID, role_id: UUID) -> AssignmentView | None:
    roles = Roles(call.session)
    row, role = roles.assignment(user_id, role_id), roles.get(role_id)
    if row is None or role is None:
        return None
    giver = people_by_id(call, [row.assigned_by])
    return AssignmentView(
        role=NamedView(id=role.id, name=role.name),
        expires_at=row.expires_at,
        is_live=runs(row.expires_at, at=call.now),
        reason=row.reason,
        assigned_at=row.assigned_at,
        assigned_by=giver.get(row.assigned_by) if row.assigned_by else None,
    )


def _there(call: Call[Any, Any], user_id: UUID, role_id: UUID) -> AssignmentView:
    found = _one(call, user_id, role_id)
    if found is None:
        raise NotHeld("This role is not given to this person by name.")
    return found
