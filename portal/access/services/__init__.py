"""Steps that several use cases share: built-in roles, assignments, decisions."""

from portal.access.services.roles import assign_role, ensure_built_in_roles, permissions_of, permits

__all__ = ["assign_role", "ensure_built_in_roles", "permissions_of", "permits"]
