"""What a preview of a change asks: what roles permit, whom a change concerns, and what these people hold."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select, union
from sqlalchemy.orm import Session

from portal.access.models import GroupMember, GroupRole, Permission, Resource, Role
from portal.access.repository.holdings import holdings, runs
from portal.access.rules.blast_radius import Holdings, Key, conditions_text
from portal.accounts.models import User


@dataclass(frozen=True)
class Scope:
    """Whom a change concerns: people it names, holders of roles, members of groups."""

    people: frozenset[UUID] = frozenset()
    role_ids: frozenset[UUID] = frozenset()
    group_ids: frozenset[UUID] = frozenset()
    is_everybody: bool = False


class _Gathered:
    """Roles and groups of people, while rows come in."""

    def __init__(self) -> None:
        self.roles: dict[UUID, set[UUID]] = defaultdict(set)
        self.groups: dict[UUID, set[UUID]] = defaultdict(set)

    def of(self, people: Iterable[UUID]) -> dict[UUID, Holdings]:
        """Everybody's, also of those who hold nothing."""
        none: set[UUID] = set()
        return {
            one: Holdings(frozenset(self.roles.get(one, none)), frozenset(self.groups.get(one, none)))
            for one in people
        }


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

    def people(self, scope: Scope) -> Sequence[UUID]:
        """Active people whom it concerns, by id: one more than `most` where there are so many."""
        return self._session.scalars(self._concerned(scope)).all()

    def holdings(
        self,
        scope: Scope,
        people: Iterable[UUID],
        *,
        role_ids: Collection[UUID] | None,
        group_ids: Collection[UUID],
        without: Collection[UUID] = (),
    ) -> tuple[dict[UUID, Holdings], dict[UUID, Holdings]]:
        """What these people of the scope hold of the roles (None: of all) and of the groups; and what that would be
        `without` some roles and groups.
        """
        held, kept = _Gathered(), _Gathered()
        for user_id, role_id, group_id in self._ways(scope, role_ids):
            held.roles[user_id].add(role_id)
            if role_id not in without and group_id not in without:
                kept.roles[user_id].add(role_id)
        for user_id, group_id in self._memberships(scope, group_ids):
            held.groups[user_id].add(group_id)
            if group_id not in without:
                kept.groups[user_id].add(group_id)
        everybody = list(people)
        return held.of(everybody), kept.of(everybody)

    def roles_of_groups(self, group_ids: Collection[UUID]) -> frozenset[UUID]:
        """Roles that any of the groups gives."""
        return frozenset(
            self._session.scalars(select(GroupRole.role_id).where(GroupRole.group_id.in_(group_ids)))
        )

    def labels(self, people: Collection[UUID]) -> Mapping[UUID, str]:
        """What people are called."""
        query = select(User).where(User.id.in_(people))
        return {user.id: user.display_name for user in self._session.scalars(query)}

    def _ways(
        self, scope: Scope, role_ids: Collection[UUID] | None
    ) -> Iterable[Row[UUID, UUID, UUID | None]]:
        if role_ids is not None and not role_ids:
            return ()
        named = None if role_ids is None else select(Role.id).where(Role.id.in_(role_ids))
        held = holdings(self._at, users=self._concerned(scope), roles=named)
        return self._session.execute(select(held.c.user_id, held.c.role_id, held.c.group_id))

    def _memberships(self, scope: Scope, group_ids: Collection[UUID]) -> Iterable[Row[UUID, UUID]]:
        if not group_ids:
            return ()
        inside = select(GroupMember.user_id, GroupMember.group_id).where(
            GroupMember.user_id.in_(self._concerned(scope)),
            GroupMember.group_id.in_(group_ids),
            runs(GroupMember.expires_at, self._at),
        )
        return self._session.execute(inside)

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
