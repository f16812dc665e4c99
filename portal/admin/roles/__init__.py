"""Roles: what they permit and under which conditions, who holds them, and what a change would do to whom."""

from portal.admin.roles import conditions, editing, listing, matrix, members  # noqa: F401 - each hangs its pages in
from portal.admin.roles.blueprint import roles

__all__ = ["roles"]
