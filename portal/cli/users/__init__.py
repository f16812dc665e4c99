"""`portal users ...`: what the pages about people do, from the host."""

from portal.cli.users import account, export, holding, listing, making, password
from portal.cli.users.program import users

__all__ = ["account", "export", "holding", "listing", "making", "password", "users"]
