"""The room, and how it shows a role."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from portal.access.errors import RoleNotFound
from portal.access.repository import Permissions, Permitted, Role, Roles
from portal.access.rules import ACCESS
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import View
from portal.api.v1.parts import PersonView, people_by_id

roles: Final = Room("Roles", "Named bundles of permissions, and who holds them.")

PATH: Final = "/roles/<uuid:role_id>"


class GrantView(View):
    """One thing that a role permits."""

    resource_id: UUID
    resource: str = Field(description="The name of the resource.")
    action: str
    conditions: dict[str, Any] | None = Field(
        description="Null permits always; else a document as `/access/conditions.schema.json` describes it."
    )


class RoleView(View):
    """A role."""

    id: UUID
    name: str
    description: str
    is_system: bool = Field(description="Part of the portal: it keeps its name and can't be removed.")
    is_requestable: bool = Field(description="Whether people may ask for it.")
    owner: PersonView | None = Field(
        description="Who answers for it: they may give it, and decide on requests."
    )
    created_at: datetime


class RoleDetail(RoleView):
    """A role, with what it permits."""

    permissions: list[GrantView]


def shown(call: Call[Any, Any], found: Sequence[Role]) -> list[RoleView]:
    """The roles of one answer, in one statement more."""
    owners = people_by_id(call, [role.owner_id for role in found])
    return [
        RoleView(
            id=role.id,
            name=role.name,
            description=role.description,
            is_system=role.is_system,
            is_requestable=role.is_requestable,
            owner=owners.get(role.owner_id) if role.owner_id else None,
            created_at=role.created_at,
        )
        for role in found
    ]


def view(call: Call[Any, Any], role: Role) -> RoleDetail:
    permitted = Permissions(call.session).of_role(role.id)
    return RoleDetail(**dict(shown(call, [role])[0]), permissions=grants(permitted))


def grants(permitted: Iterable[Permitted]) -> list[GrantView]:
    return [
        GrantView(
            resource_id=one.resource_id, resource=one.resource, action=one.action, conditions=one.conditions
        )
        for one in permitted
    ]


def role_of(call: Call[Any, Any], role_id: UUID) -> Role:
    """By the id in the path.

    Raises:
        RoleNotFound
    """
    role = Roles(call.session).get(role_id)
    if role is None:
        raise RoleNotFound
    return role


def locked(call: Call[Any, Any], role_id: UUID) -> Role:
    """The same, unchanged by anyone else until the end of the call.

    Raises:
        RoleNotFound
    """
    call.uow.lock(ACCESS)
    return role_of(call, role_id)
