"""Who may do what, as pure questions over permissions that are already in hand."""

from collections.abc import Collection

Action = str
PermissionSet = frozenset[tuple[str, Action]]
"""Pairs of resource name and action."""

ACTIONS = ("create", "read", "update", "delete", "admin")
PORTAL_RESOURCES = (
    "user",
    "group",
    "role",
    "permission",
    "resource",
    "client",
    "session",
    "audit",
    "outbox",
    "settings",
    "access_request",
    "access_review",
    "signing_key",
)

ADMINISTRATOR = "administrator"
AUDITOR = "auditor"
DEFAULT_ROLE = "user"


def permits(permissions: Collection[tuple[str, Action]], action: Action, resource: str) -> bool:
    """`admin` on a resource implies every other action on it; nothing else implies anything."""
    return (resource, action) in permissions or (resource, "admin") in permissions
