"""Who may do what, as pure questions over what is already in hand."""

from portal.access.rules.permissions import (
    ACCESS,
    ACTIONS,
    ADMINISTRATOR,
    AUDITOR,
    DEFAULT_ROLE,
    PORTAL_RESOURCES,
    Action,
    PermissionSet,
    permits,
)

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
