"""What a preview of a change asks: what roles permit, whom a change concerns, and what these people hold.

There may be thousands of people and few ways of holding things. So people stay texts until somebody names them, and the
database puts together what each of them holds: what is the same text is read once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, cast, func, literal, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.models import Group, GroupMember, GroupRole, Permission, Resource, Role
from portal.access.repository.holdings import holdings, runs
from portal.access.rules.blast_radius import Grants, Holdings, Key, Person, conditions_in, conditions_text
from portal.access.rules.names_in_conditions import GROUPS, ROLES, Names, compares
from portal.accounts.models import User

_NEXT = ","
_BY = "/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Scope:
    """Whom a change concerns: people it names, holders of roles, members of groups."""

    people: frozenset[UUID] = frozenset()
    role_ids: frozenset[UUID] = frozenset()
    group_ids: frozenset[UUID] = frozenset()
    is_everybody: bool = False


class Reaches:
    """Each question is one statement, however many people there are."""

    def __init__(self, session: Session, *, at: datetime, most: int) -> None:
        self._session, self._at, self.most = session, at, most

    def permits(self) -> Mapping[UUID, Mapping[Key, frozenset[str]]]:
        """What every role permits, under which conditions."""
        query = select(Permission.role_id, Resource.name, Permission.action, Permission.conditions).join(
            Resource, Resource.id == Permission.resource_id
        )
        found: dict[UUID, dict[Key, frozenset[str]]] = defaultdict(dict)
        for role_id, resource, action, conditions in self._session.execute(query):
            found[role_id][resource, action] = frozenset({conditions_text(conditions)})
        return dict(found)

    def names(self, permits: Mapping[UUID, Grants]) -> Names:
        """What roles and groups are called, where conditions ask for that."""
        conditions = conditions_in(permits)
        return Names(
            roles=self._called(Role.id, Role.name) if any(compares(one, ROLES) for one in conditions) else {},
            groups=self._called(Group.id, Group.name)
            if any(compares(one, GROUPS) for one in conditions)
            else {},
        )

    def people(self, scope: Scope) -> Sequence[Person]:
        """Active people whom it concerns, in order: one more than `most` where there are so many."""
        return self._session.scalars(self._concerned(scope).with_only_columns(_text(User.id))).all()

    def holdings(
        self,
        scope: Scope,
        people: Sequence[Person],
        *,
        role_ids: Collection[UUID] | None,
        group_ids: Collection[UUID],
        without: Collection[UUID] = (),
    ) -> tuple[dict[Person, Holdings], dict[Person, Holdings]]:
        """What these people of the scope hold of the roles (None: of all) and of the groups; and what that would be
        `without` some roles and groups.
        """
        ways, memberships = self._ways(scope, role_ids), self._memberships(scope, group_ids)
        gone = {one.hex for one in without}

        @cache
        def read(held: str, inside: str) -> tuple[Holdings, Holdings]:
            of_roles = [way.split(_BY) for way in held.split(_NEXT) if way]
            of_groups = [way.split(_BY) for way in inside.split(_NEXT) if way]
            return (
                _holdings([(role, end) for role, _, end in of_roles], of_groups),
                _holdings(
                    [(role, end) for role, group, end in of_roles if role not in gone and group not in gone],
                    [(group, end) for group, end in of_groups if group not in gone],
                ),
            )

        both = {one: read(ways.get(one, ""), memberships.get(one, "")) for one in people}
        return {one: held for one, (held, _) in both.items()}, {one: kept for one, (_, kept) in both.items()}

    def roles_of_groups(self, group_ids: Collection[UUID]) -> frozenset[UUID]:
        """Roles that any of the groups gives."""
        return frozenset(
            self._session.scalars(select(GroupRole.role_id).where(GroupRole.group_id.in_(group_ids)))
        )

    def labels(self, people: Collection[UUID]) -> Mapping[UUID, str]:
        """What people are called."""
        query = select(User).where(User.id.in_(people))
        return {user.id: user.display_name for user in self._session.scalars(query)}

    def _called(self, *columns: InstrumentedAttribute[Any]) -> dict[UUID, str]:
        return {row[0]: row[1] for row in self._session.execute(select(*columns))}

    def _ways(self, scope: Scope, role_ids: Collection[UUID] | None) -> dict[Person, str]:
        """For each person the roles, each with the group that it comes by and when that way ends."""
        if role_ids is not None and not role_ids:
            return {}
        named = None if role_ids is None else select(Role.id).where(Role.id.in_(role_ids))
        held = holdings(self._at, users=self._concerned(scope), roles=named)
        way = _joined(_text(held.c.role_id), func.coalesce(_text(held.c.group_id), ""), _end(held.c.ends_at))
        query = select(_text(held.c.user_id), func.aggregate_strings(way, _NEXT))
        return {row[0]: row[1] for row in self._session.execute(query.group_by(held.c.user_id))}

    def _memberships(self, scope: Scope, group_ids: Collection[UUID]) -> dict[Person, str]:
        if not group_ids:
            return {}
        way = _joined(_text(GroupMember.group_id), _end(GroupMember.expires_at))
        query = select(_text(GroupMember.user_id), func.aggregate_strings(way, _NEXT)).where(
            GroupMember.user_id.in_(self._concerned(scope)),
            GroupMember.group_id.in_(group_ids),
            runs(GroupMember.expires_at, self._at),
        )
        return {row[0]: row[1] for row in self._session.execute(query.group_by(GroupMember.user_id))}

    def _concerned(self, scope: Scope) -> Select[UUID]:
        query = select(User.id).where(User.is_active).order_by(User.id).limit(self.most + 1)
        return query if scope.is_everybody else query.where(User.id.in_(self._ways_in(scope)))

    def _ways_in(self, scope: Scope) -> Select[UUID]:
        ways = [select(User.id.label("user_id")).where(User.id.in_(scope.people))]
        if scope.role_ids:
            held = holdings(self._at, roles=select(Role.id).where(Role.id.in_(scope.role_ids)))
            ways.append(select(held.c.user_id))
        if scope.group_ids:
            in_groups = GroupMember.group_id.in_(scope.group_ids)
            ways.append(select(GroupMember.user_id).where(in_groups, runs(GroupMember.expires_at, self._at)))
        return select(union(*ways).subquery("concerned").c.user_id)


def _text(id_: SQLColumnExpression[UUID]) -> ColumnElement[str]:
    """The same 32 digits on both databases, which sort as the ids do."""
    return func.replace(cast(id_, String), "-", "")


def _joined(*parts: ColumnElement[str]) -> ColumnElement[str]:
    first, *others = parts
    for part in others:
        first = first + literal(_BY) + part
    return first


def _end(at: SQLColumnExpression[datetime | None]) -> ColumnElement[str]:
    """As the database writes it, and nothing for no end."""
    return func.coalesce(cast(at, String), "")


def _moment(end: str) -> datetime:
    """SQLite counts microseconds; PostgreSQL writes a date with its zone."""
    return _EPOCH + timedelta(microseconds=int(end)) if end.isdigit() else datetime.fromisoformat(end)


def _holdings(roles: Collection[Sequence[str]], groups: Collection[Sequence[str]]) -> Holdings:
    """Of several ways to the same thing the last one to end counts."""
    last: dict[str, datetime | None] = {}
    for one, end in (*roles, *groups):
        known = last.get(one, datetime.min.replace(tzinfo=UTC))
        last[one] = max(known, _moment(end)) if end and known is not None else None
    return Holdings(
        frozenset(UUID(one) for one, _ in roles),
        frozenset(UUID(one) for one, _ in groups),
        frozenset((UUID(one), end) for one, end in last.items() if end is not None),
    )
