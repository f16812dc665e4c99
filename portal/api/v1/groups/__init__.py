"""Groups: people together, the roles they get by it, and who looks after them."""

from portal.api.v1.groups import listing, managers, members, roles  # noqa: F401 - each hangs its operations in
from portal.api.v1.groups.room import groups

__all__ = ["groups"]
