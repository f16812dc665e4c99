"""Apps: registered, connected, changed, shut out."""

from portal.admin.clients import (
    access,
    admissions,
    credentials,
    listing,
    logouts,
    protocol,
    redirects,
    registration,
    settings,
    simulation,
    statistics,
)
from portal.admin.clients.blueprint import clients

__all__ = [
    "access",
    "admissions",
    "clients",
    "credentials",
    "listing",
    "logouts",
    "protocol",
    "redirects",
    "registration",
    "settings",
    "simulation",
    "statistics",
]
