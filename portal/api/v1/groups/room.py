"""The room, and how it shows a group."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import GroupNotFound
from portal.access.repository import Group, Groups
from portal.access.rules import ACCESS
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import View

groups: Final = Room("Groups", "People who get the same roles, and those who decide who is one of them.")

PATH: Final = "/groups/<uuid:group_id>"


class GroupView(View):
    """A group."""

    id: UUID
    name: str
    description: str
    is_requestable: bool = Field(description="Whether people may ask to be in it.")
    roles: list[str] = Field(description="Names of the roles that it gives now.")
    created_at: datetime


def shown(call: Call[Any, Any], found: Sequence[Group]) -> list[GroupView]:
    """The groups of one answer, in one statement more."""
    roles = Groups(call.session).role_names_of([group.id for group in found], at=call.now)
    return [
        GroupView(
            id=group.id,
            name=group.name,
            description=group.description,
            is_requestable=group.is_requestable,
            roles=list(roles.get(group.id, ())),
            created_at=group.created_at,
        )
        for group in found
    ]


def view(call: Call[Any, Any], group: Group) -> GroupView:
    return shown(call, [group])[0]


def group_of(call: Call[Any, Any], group_id: UUID) -> Group:
    """By the id in the path.

    Raises:
        GroupNotFound
    """
    group = Groups(call.session).get(group_id)
    if group is None:
        raise GroupNotFound
    return group


def locked(call: Call[Any, Any], group_id: UUID) -> Group:
    """The same, unchanged by anyone else until the end of the call.

    Raises:
        GroupNotFound
    """
    call.uow.lock(ACCESS)
    return group_of(call, group_id)
