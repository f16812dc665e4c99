"""People with an account: seen, found, added, changed, shut out, removed."""

from portal.api.v1.users import acts, listing  # noqa: F401 - each hangs its operations into the room
from portal.api.v1.users.room import users

__all__ = ["users"]
