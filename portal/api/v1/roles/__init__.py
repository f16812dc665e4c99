"""Roles: what they are called and permit, who answers for them, and who holds them."""

from portal.api.v1.roles import holders, listing, permissions  # noqa: F401 - each hangs its operations in
from portal.api.v1.roles.room import roles

__all__ = ["roles"]
