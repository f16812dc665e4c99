"""`portal groups ...`: what the pages about groups do, from the host."""

from portal.cli.groups import editing, members, roles
from portal.cli.groups.program import groups

groups.add_typer(members.members, name="members")
groups.add_typer(roles.roles, name="roles")
groups.add_typer(members.administrators, name="administrators")

__all__ = ["editing", "groups", "members", "roles"]
