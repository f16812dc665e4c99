"""`portal clients ...`: what the pages about apps do, from the host."""

from portal.cli.clients import access, editing, listing, redirects, registering, secrets
from portal.cli.clients.program import clients

clients.add_typer(secrets.secret, name="secret")
clients.add_typer(redirects.redirects, name="redirects")

__all__ = ["access", "clients", "editing", "listing", "redirects", "registering", "secrets"]
