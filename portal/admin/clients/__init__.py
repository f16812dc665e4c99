"""Apps: registered, connected, changed, shut out."""

from portal.admin.clients import access, credentials, listing, redirects, registration, settings
from portal.admin.clients.blueprint import clients

__all__ = ["access", "clients", "credentials", "listing", "redirects", "registration", "settings"]
