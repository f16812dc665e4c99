"""What is taken in about access, by whatever door."""

from portal.access.schemas.groups import (
    AddGroupAdministrator,
    AddMember,
    CreateGroup,
    EditGroup,
    GiveGroupRole,
)
from portal.access.schemas.resources import CreateResource, EditResource
from portal.access.schemas.roles import (
    ChangeTerm,
    CreateRole,
    EditRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
    Take,
)

__all__ = [
    "AddGroupAdministrator",
    "AddMember",
    "ChangeTerm",
    "CreateGroup",
    "CreateResource",
    "CreateRole",
    "EditGroup",
    "EditResource",
    "EditRole",
    "GiveGroupRole",
    "GiveRole",
    "PermissionWish",
    "SetPermissions",
    "SetUserAttributes",
    "Take",
]
