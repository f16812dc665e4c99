"""People by what they hold, as questions that other lists of people are narrowed by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.access.models import GroupMember, GroupRole, UserRole
from portal.access.repository.holdings import runs
from portal.accounts.repository import Subset


def with_role(role_id: UUID, *, at: datetime) -> Subset:
    """Whoever holds the role at that moment: by name, or through a group."""
    by_name = select(UserRole.user_id).where(UserRole.role_id == role_id, runs(UserRole.expires_at, at))
    by_group = (
        select(GroupMember.user_id)
        .join(GroupRole, GroupRole.group_id == GroupMember.group_id)
        .where(GroupRole.role_id == role_id, runs(GroupRole.expires_at, at), runs(GroupMember.expires_at, at))
    )
    return by_name, by_group


def in_group(group_id: UUID, *, at: datetime) -> Subset:
    """Whoever is in the group at that moment."""
    return (
        select(GroupMember.user_id).where(GroupMember.group_id == group_id, runs(GroupMember.expires_at, at)),
    )
