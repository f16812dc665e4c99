"""Tables of `access`: roles and what they permit, groups, requests and reviews, and the epoch of all of it."""

from portal.access.models.epoch import AccessEpoch
from portal.access.models.groups import Group, GroupAdministrator, GroupMember, GroupRole
from portal.access.models.requests import AccessRequest, AccessReview, AccessReviewItem
from portal.access.models.roles import Permission, Resource, Role, UserRole

__all__ = [
    "AccessEpoch",
    "AccessRequest",
    "AccessReview",
    "AccessReviewItem",
    "Group",
    "GroupAdministrator",
    "GroupMember",
    "GroupRole",
    "Permission",
    "Resource",
    "Role",
    "UserRole",
]
