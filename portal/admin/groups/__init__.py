"""Groups: who is in them, what roles that brings, and who looks after them."""

from portal.admin.groups import editing, listing, members, membership, stewardship  # noqa: F401 - each hangs in
from portal.admin.groups.blueprint import groups

__all__ = ["groups"]
