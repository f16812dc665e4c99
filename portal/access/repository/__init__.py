"""Questions about roles, groups and what they permit."""

from portal.access.repository.groups import Group, Groups, HeldGroup, Member
from portal.access.repository.holdings import holdings
from portal.access.repository.permissions import Permissions, Permitted
from portal.access.repository.resources import Resource, Resources
from portal.access.repository.roles import Assignment, HeldRole, Role, Roles
from portal.access.repository.subsets import in_group, with_role

__all__ = [
    "Assignment",
    "Group",
    "Groups",
    "HeldGroup",
    "HeldRole",
    "Member",
    "Permissions",
    "Permitted",
    "Resource",
    "Resources",
    "Role",
    "Roles",
    "holdings",
    "in_group",
    "with_role",
]
