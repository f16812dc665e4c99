"""Questions about roles, groups and what they permit."""

from portal.access.repository.roles import Permissions, Role, Roles, is_running

__all__ = ["Permissions", "Role", "Roles", "is_running"]
