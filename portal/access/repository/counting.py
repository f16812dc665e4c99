"""How many people, for the rows of one page: exact up to a ceiling, and never by reading a whole table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.access.models import GroupMember, GroupRole, UserRole
from portal.access.repository.holdings import runs

__all__ = ["CEILING", "Headcounts", "HolderCount", "in_words"]

CEILING: Final = 50
"""Beyond it nobody counts along; the pages say “50+”."""
_ARMS: Final = 400
"""SQLite joins at most 500 questions into one."""


@dataclass(frozen=True)
class HolderCount:
    """People who hold a role by themselves, and who hold it by a group; some may do both."""

    direct: int
    through_groups: int


def in_words(count: int) -> str:
    """The number, or that there are more than anybody counted."""
    return f"{CEILING}+" if count > CEILING else str(count)


class Headcounts:
    """A question is a few statements, however many rows the page has, and reads `CEILING` + 1 entries for a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_roles(self, role_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, HolderCount]:
        """For every role its holders at that moment."""
        ids = list(role_ids)
        direct = self._counted([_direct(one, at) for one in ids])
        groups = self._giving(ids, at)
        members = self._some_of({group_id for given in groups.values() for group_id in given}, at)
        return {
            role_id: HolderCount(
                count,
                min(CEILING + 1, len({one for group in groups.get(role_id, ()) for one in members[group]})),
            )
            for role_id, count in zip(ids, direct, strict=True)
        }

    def of_groups(self, group_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, int]:
        """For every group its members at that moment."""
        ids = list(group_ids)
        return dict(zip(ids, self._counted([_members(one, at) for one in ids]), strict=True))

    def _giving(self, role_ids: Collection[UUID], at: datetime) -> Mapping[UUID, Sequence[UUID]]:
        """For roles that come through groups: which. Asked first, because nobody can guess for a database that knows
        nothing of an almost empty table whether to begin with it or with all the members there are.
        """
        query = select(GroupRole.role_id, GroupRole.group_id).where(
            GroupRole.role_id.in_(role_ids), runs(GroupRole.expires_at, at)
        )
        found: dict[UUID, list[UUID]] = {}
        for role_id, group_id in self._session.execute(query):
            found.setdefault(role_id, []).append(group_id)
        return found

    def _some_of(self, group_ids: Collection[UUID], at: datetime) -> Mapping[UUID, set[UUID]]:
        """Of each group as many members as can matter for a count up to the ceiling."""
        found: dict[UUID, set[UUID]] = {group_id: set() for group_id in group_ids}
        arms = [
            select(literal(place), some.c.user_id)
            for place, some in enumerate(
                _members(group_id, at).limit(CEILING + 1).subquery(f"some_{place}")
                for place, group_id in enumerate(found)
            )
        ]
        places = list(found)
        for first in range(0, len(arms), _ARMS):
            for place, user_id in self._session.execute(union_all(*arms[first : first + _ARMS])):
                found[places[place]].add(user_id)
        return found

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
    return select(UserRole.user_id).where(UserRole.role_id == role_id, runs(UserRole.expires_at, at))


def _members(group_id: UUID, at: datetime) -> Select[Any]:
    return select(GroupMember.user_id).where(
        GroupMember.group_id == group_id, runs(GroupMember.expires_at, at)
    )
