"""`portal roles ...`: what the pages about roles do, from the host."""

from portal.cli.roles import editing, permissions
from portal.cli.roles.program import roles

roles.add_typer(permissions.permissions, name="permissions")

__all__ = ["editing", "permissions", "roles"]
