"""Apps: registered, connected, changed, shut out."""

from portal.admin.clients import access, credentials, listing, logouts, redirects, registration, settings
from portal.admin.clients.blueprint import clients

__all__ = ["access", "clients", "credentials", "listing", "logouts", "redirects", "registration", "settings"]
