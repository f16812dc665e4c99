"""Who looks after a group: they decide who is in it, and see nothing of the others."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.access.errors import NotHeld
from portal.access.repository import Groups
from portal.access.schemas import AddGroupAdministrator, Take
from portal.access.usecases.groups import add_group_administrator, remove_group_administrator
from portal.api.calls import Call
from portal.api.shapes import Listing, Nothing, OneQuery, View
from portal.api.v1.groups.room import PATH, group_of, groups, locked
from portal.api.v1.parts import PersonView, WhyQuery

_MANAGERS: Final = f"{PATH}/administrators"
_MANAGER: Final = f"{_MANAGERS}/<uuid:user_id>"


class GroupAdministratorView(View):
    """A person who looks after a group."""

    person: PersonView
    assigned_at: datetime


@groups.get(
    _MANAGERS, scope="groups:read", permission=("read", "group"), query=OneQuery, returns=GroupAdministratorView,
    is_list=True,
)  # fmt: skip
def list_group_administrators(call: Call[OneQuery, None], group_id: UUID) -> Listing[GroupAdministratorView]:
    """Who decides who is in a group."""
    group_of(call, group_id)
    return Listing(items=_all(call, group_id))


@groups.put(
    _MANAGER, scope="groups:write", permission=("update", "group"), body=Take, returns=GroupAdministratorView
)
def set_group_administrator(
    call: Call[Nothing, Take], group_id: UUID, user_id: UUID
) -> GroupAdministratorView:
    """Let somebody decide who is in a group. Nothing happens to who may already."""
    locked(call, group_id)
    call.check_unchanged(_one(call, group_id, user_id))
    add_group_administrator(
        call.uow, group_id, AddGroupAdministrator(user_id=user_id, reason=call.body.reason)
    )
    found = _one(call, group_id, user_id)
    if found is None:
        raise NotHeld("This person does not look after the group.")
    return found


@groups.delete(_MANAGER, scope="groups:write", permission=("update", "group"), query=WhyQuery)
def drop_group_administrator(call: Call[WhyQuery, Any], group_id: UUID, user_id: UUID) -> None:
    """Let somebody not decide any more who is in a group. Memberships stay as they are."""
    locked(call, group_id)
    call.check_unchanged(_one(call, group_id, user_id))
    remove_group_administrator(call.uow, group_id, user_id, reason=call.query.reason)


def _all(call: Call[Any, Any], group_id: UUID) -> list[GroupAdministratorView]:
    return [
        GroupAdministratorView(person=PersonView.of(user), assigned_at=row.assigned_at)
        for row, user in Groups(call.session).administrators_of(group_id)
    ]


def _one(call: Call[Any, Any], group_id: UUID, user_id: UUID) -> GroupAdministratorView | None:
    return next((one for one in _all(call, group_id) if one.person.id == user_id), None)
