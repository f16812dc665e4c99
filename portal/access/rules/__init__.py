"""Who may do what, as pure questions over what is already in hand."""

from portal.access.rules.permissions import (
    ACTIONS,
    ADMINISTRATOR,
    AUDITOR,
    DEFAULT_ROLE,
    PORTAL_RESOURCES,
    Action,
    PermissionSet,
    permits,
)
from portal.accounts.rules import ACCESS

__all__ = [
    "ACCESS",
    "ACTIONS",
    "ADMINISTRATOR",
    "AUDITOR",
    "DEFAULT_ROLE",
    "PORTAL_RESOURCES",
    "Action",
    "PermissionSet",
    "permits",
]
