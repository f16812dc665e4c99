"""How many people, for the rows of one page: exact up to a ceiling, and never by reading a whole table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.access.models import GroupMember, GroupRole, UserRole

__all__ = ["CEILING", "Headcounts", "HolderCount", "in_words"]

CEILING: Final = 50
"""Beyond it nobody counts along; the pages say “50+”."""


@dataclass(frozen=True)
class HolderCount:
    """People who hold a role by themselves, and who hold it by a group; some may do both."""

    direct: int
    through_groups: int


def in_words(count: int) -> str:
    """The number, or that there are more than anybody counted."""
    return f"{CEILING}+" if count > CEILING else str(count)


class Headcounts:
    """Each question is one statement, however many rows the page has, and reads `CEILING` + 1 entries for a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_roles(self, role_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, HolderCount]:
        """For every role its holders at that moment."""
        ids = list(role_ids)
        counts = self._counted(
            [*(_direct(one, at) for one in ids), *(_through_groups(one, at) for one in ids)]
        )
        return {
            role_id: HolderCount(counts[place], counts[place + len(ids)]) for place, role_id in enumerate(ids)
        }

    def of_groups(self, group_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, int]:
        """For every group its members at that moment."""
        ids = list(group_ids)
        return dict(zip(ids, self._counted([_members(one, at) for one in ids]), strict=True))

    def _counted(self, queries: Sequence[Select[Any]]) -> list[int]:
        """The number of rows of each query, up to the ceiling and one."""
        if not queries:
            return []
        counts = [
            select(literal(place).label("place"), func.count())
            .select_from(query.limit(CEILING + 1).subquery(f"counted_{place}"))
            for place, query in enumerate(queries)
        ]  # fmt: skip
        found = {row[0]: row[1] for row in self._session.execute(union_all(*counts))}
        return [found[place] for place in range(len(queries))]


def _direct(role_id: UUID, at: datetime) -> Select[Any]:
    runs = or_(UserRole.expires_at.is_(None), UserRole.expires_at > at)
    return select(UserRole.user_id).where(UserRole.role_id == role_id, runs)


def _through_groups(role_id: UUID, at: datetime) -> Select[Any]:
    return (
        select(GroupMember.user_id)
        .join(GroupRole, GroupRole.group_id == GroupMember.group_id)
        .where(
            GroupRole.role_id == role_id,
            or_(GroupRole.expires_at.is_(None), GroupRole.expires_at > at),
            or_(GroupMember.expires_at.is_(None), GroupMember.expires_at > at),
        )
        .distinct()
    )


def _members(group_id: UUID, at: datetime) -> Select[Any]:
    runs = or_(GroupMember.expires_at.is_(None), GroupMember.expires_at > at)
    return select(GroupMember.user_id).where(GroupMember.group_id == group_id, runs)
