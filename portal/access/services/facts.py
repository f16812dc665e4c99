"""What the audit log keeps of roles and resources, and the mark by which a form knows that it is out of date."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.errors import ChangedMeanwhile
from portal.access.models import Role
from portal.access.repository import Permissions, Permitted

__all__ = [
    "describe_role",
    "ensure_unchanged",
    "iso",
    "permission_changes",
    "permission_facts",
    "permissions_version",
    "version_of",
]

Facts = dict[str, Any]


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def permission_facts(permitted: Iterable[Permitted]) -> Facts:
    """`{"resource:action": conditions}`, None meaning always."""
    return {one.key: one.conditions for one in permitted}


def describe_role(session: Session, role: Role) -> Facts:
    """All of a role, with what it permits."""
    return {**role.describe(), "permissions": permission_facts(Permissions(session).of_role(role.id))}


def permission_changes(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Both sides of the permissions that differ, as `role.permissions_changed` tells them."""
    keys = [key for key in sorted({*before, *after}) if _grant(before, key) != _grant(after, key)]
    return (
        {"permissions": {key: _grant(before, key) for key in keys}},
        {"permissions": {key: _grant(after, key) for key in keys}},
    )


def version_of(facts: Mapping[str, Any]) -> str:
    """A short mark of a description: another one as soon as anything in it differs."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def permissions_version(session: Session, role_id: UUID) -> str:
    """The mark of what a role permits, for the form that changes it."""
    return version_of(permission_facts(Permissions(session).of_role(role_id)))


def ensure_unchanged(what: str, facts: Mapping[str, Any], if_unchanged: str | None) -> None:
    """Refuse a form that shows what is not so any more; None is a caller who has looked at nothing.

    Raises:
        ChangedMeanwhile
    """
    if if_unchanged is not None and if_unchanged != version_of(facts):
        raise ChangedMeanwhile(what)


def _grant(permissions: Facts, key: str) -> Facts:
    if key not in permissions:
        return {"granted": False}
    return {"granted": True, "conditions": permissions[key]}
