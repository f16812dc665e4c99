"""One of everything that is about access, around one person: what routes about roles, groups and resources lead to."""

from dataclasses import dataclass
from uuid import UUID

from portal.access.repository import Permissions
from portal.access.schemas import (
    AddGroupAdministrator,
    AddMember,
    CreateGroup,
    CreateResource,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import add_group_administrator, create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.resources import create_resource
from portal.access.usecases.roles import create_role
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id

CONDITION = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}


@dataclass(frozen=True, kw_only=True)
class Granted:
    """The ids of it all."""

    resource_id: UUID
    role_id: UUID
    permission_id: UUID
    group_id: UUID


def grant_everything(portal: Portal, user_id: UUID) -> Granted:
    """The person holds a role of their own, is in a group that gives it too, and looks after that group."""
    with portal.unit_of_work(SYSTEM) as uow:
        mark = new_id().hex[-8:]
        resource = create_resource(uow, CreateResource(name=f"wiki-{mark}", type="service"))
        role = create_role(uow, CreateRole(name=f"editor {mark}"))
        wish = PermissionWish(resource_id=resource.id, action="read", conditions=CONDITION)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
        give_role(uow, user_id, GiveRole(role_id=role.id))
        group = create_group(uow, CreateGroup(name=f"Press {mark}"))
        give_group_role(uow, group.id, GiveGroupRole(role_id=role.id))
        add_member(uow, group.id, AddMember(user_id=user_id))
        add_group_administrator(uow, group.id, AddGroupAdministrator(user_id=user_id))
        permission_id = Permissions(uow.session).rows_of(role.id)[0].id
        return Granted(
            resource_id=resource.id, role_id=role.id, permission_id=permission_id, group_id=group.id
        )
