"""The roles that a group gives to everybody in it."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.access.errors import NotHeld
from portal.access.repository import Groups
from portal.access.schemas import ChangeTerm, GiveGroupRole
from portal.access.usecases.memberships import give_group_role, take_group_role
from portal.api.calls import Call
from portal.api.shapes import Listing, OneQuery, Rehearsal
from portal.api.v1.groups.room import PATH, group_of, groups, locked
from portal.api.v1.parts import NamedView, RehearsalWithReason, TermView, runs

_ROLES: Final = f"{PATH}/roles"
_ROLE: Final = f"{_ROLES}/<uuid:role_id>"


class GroupRoleView(TermView):
    """A role that a group gives."""

    role: NamedView
    assigned_at: datetime


@groups.get(
    _ROLES,
    scope="groups:read",
    permission=("read", "group"),
    query=OneQuery,
    returns=GroupRoleView,
    is_list=True,
)
def list_group_roles(call: Call[OneQuery, None], group_id: UUID) -> Listing[GroupRoleView]:
    """Which roles a group gives, with those that have ended by themselves."""
    group_of(call, group_id)
    return Listing(items=_given(call, group_id))


@groups.put(
    _ROLE, scope="groups:write", permission=("update", "group"), query=Rehearsal, body=ChangeTerm,
    returns=GroupRoleView,
)  # fmt: skip
def give_role_to_group(call: Call[Rehearsal, ChangeTerm], group_id: UUID, role_id: UUID) -> GroupRoleView:
    """Give a role to everybody in a group, or give it another end.

    Nobody gives more than they may do themselves: 403 with `too_much_to_give`.
    """
    locked(call, group_id)
    call.check_unchanged(_one(call, group_id, role_id))
    wish = GiveGroupRole(role_id=role_id, expires_at=call.body.expires_at, reason=call.body.reason)
    give_group_role(call.uow, group_id, wish)
    given = _one(call, group_id, role_id)
    if given is None:
        raise NotHeld("The group does not give this role.")
    return given


@groups.delete(_ROLE, scope="groups:write", permission=("update", "group"), query=RehearsalWithReason)
def take_role_from_group(call: Call[RehearsalWithReason, Any], group_id: UUID, role_id: UUID) -> None:
    """Take a role from a group. Its members do not hold it any more, unless in another way."""
    locked(call, group_id)
    call.check_unchanged(_one(call, group_id, role_id))
    take_group_role(call.uow, group_id, role_id, reason=call.query.reason)


def _given(call: Call[Any, Any], group_id: UUID) -> list[GroupRoleView]:
    return [
        GroupRoleView(
            role=NamedView(id=role.id, name=role.name),
            expires_at=row.expires_at,
            is_live=runs(row.expires_at, at=call.now),
            reason=row.reason,
            assigned_at=row.assigned_at,
        )
        for row, role in Groups(call.session).roles_of(group_id)
    ]


def _one(call: Call[Any, Any], group_id: UUID, role_id: UUID) -> GroupRoleView | None:
    return next((one for one in _given(call, group_id) if one.role.id == role_id), None)
