"""People: who has an account, what is open under it, and what operators may do about it, to one or to many."""

from portal.admin.users import bulk, connections, creating, detail, export, imports, listing, tokens
from portal.admin.users.blueprint import users

__all__ = ["bulk", "connections", "creating", "detail", "export", "imports", "listing", "tokens", "users"]
