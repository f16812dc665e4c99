"""Questions about groups: who is in them, which roles they give, and who looks after them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, func, select
from sqlalchemy.orm import Session

from portal.access.models import Group, GroupAdministrator, GroupMember, GroupRole, Role
from portal.access.repository.holdings import runs
from portal.access.repository.named_pages import (
    Sort,
    by_age,
    by_name,
    containing,
    named_page,
    named_slice,
)
from portal.accounts.models import User
from portal.infra.db import UtcDateTime
from portal.infra.keyset import Slice
from portal.infra.prepared import Prepared
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = ["Group", "Groups", "HeldGroup", "Member"]

_AT: Final = bindparam("at", type_=UtcDateTime())
_OF_USER: Final = Prepared(
    select(Group.id, Group.name, GroupMember.expires_at)
    .join(GroupMember, GroupMember.group_id == Group.id)
    .where(GroupMember.user_id == bindparam("user_id", type_=Uuid()), runs(GroupMember.expires_at, _AT))
    .order_by(func.lower(Group.name))
)


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """A group that a person is in, until `ends_at` where that is given."""

    group_id: UUID
    name: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a group, ended or not."""

    user: User
    row: GroupMember

    @property
    def id(self) -> UUID:
        return self.row.id


class Groups:
    """Groups, their members, roles and delegated administrators."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, group_id: UUID) -> Group | None:
        return self._session.get(Group, group_id)

    def by_name(self, name: str) -> Group | None:
        """Without regard to case, as names of groups are unique."""
        return self._session.scalar(select(Group).where(func.lower(Group.name) == name.lower()))

    def page(
        self,
        *,
        search: str = "",
        administered_by: UUID | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Group]:
        """A to Z; only those that a person looks after where one is given."""
        query = select(Group).where(*containing(search, Group.name, Group.description))
        if administered_by is not None:
            query = query.where(Group.id.in_(_administered(administered_by)))
        return named_page(self._session, Group, query, before=before, after=after, size=size)

    def found(
        self,
        *,
        search: str = "",
        is_requestable: bool | None = None,
        giving: UUID | None = None,
        administered_by: UUID | None = None,
        sort: Sort = "name",
        before: str = "",
        after: str = "",
        size: int = PAGE_SIZE,
    ) -> Slice[Group]:
        """The same, narrowed further and in any order. `giving`: a role, ended or not."""
        query = select(Group).where(*containing(search, Group.name, Group.description))
        if is_requestable is not None:
            query = query.where(Group.is_requestable.is_(is_requestable))
        if giving is not None:
            query = query.where(Group.id.in_(select(GroupRole.group_id).where(GroupRole.role_id == giving)))
        if administered_by is not None:
            query = query.where(Group.id.in_(_administered(administered_by)))
        order = by_name(Group) if sort == "name" else by_age(Group.created_at, Group.id)
        return named_slice(self._session, query, order, before=before, after=after, size=size)

    def of_user(self, user_id: UUID, *, at: datetime) -> Sequence[HeldGroup]:
        """Groups that the person is in at that moment, by name."""
        return [HeldGroup(*row) for row in _OF_USER.all(self._session, {"user_id": user_id, "at": at})]

    def memberships_of(self, user_id: UUID) -> Sequence[tuple[GroupMember, Group]]:
        """Every membership of the person, ended ones too, with its group."""
        query = (
            select(GroupMember, Group)
            .join(Group, Group.id == GroupMember.group_id)
            .where(GroupMember.user_id == user_id)
            .order_by(func.lower(Group.name))
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def member(self, group_id: UUID, user_id: UUID) -> GroupMember | None:
        """The person's membership, ended or not."""
        return self._session.scalar(
            select(GroupMember).where(GroupMember.group_id == group_id, GroupMember.user_id == user_id)
        )

    def members_page(
        self,
        group_id: UUID,
        *,
        search: str = "",
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Member]:
        """People in the group, ended memberships too, the latest first."""
        people = containing(search, User.username, User.email, User.name)
        query = select(GroupMember).where(GroupMember.group_id == group_id)
        if people:
            query = query.join(User, User.id == GroupMember.user_id).where(*people)
        page = keyset_page(self._session, query, GroupMember.id, before=before, after=after, size=size)
        found = select(User).where(User.id.in_([row.user_id for row in page.items]))
        users = {user.id: user for user in self._session.scalars(found)}
        return Page([Member(users[row.user_id], row) for row in page.items], page.older, page.newer)

    def role(self, group_id: UUID, role_id: UUID) -> GroupRole | None:
        """The role that the group gives, ended or not."""
        return self._session.scalar(
            select(GroupRole).where(GroupRole.group_id == group_id, GroupRole.role_id == role_id)
        )

    def roles_of(self, group_id: UUID) -> Sequence[tuple[GroupRole, Role]]:
        """Every role that the group gives or gave, ended ones too, by name."""
        query = (
            select(GroupRole, Role)
            .join(Role, Role.id == GroupRole.role_id)
            .where(GroupRole.group_id == group_id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Role.name))]

    def role_names_of(self, group_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Sequence[str]]:
        """The roles that each group of a page gives at that moment, by name, in one statement."""
        query = (
            select(GroupRole.group_id, Role.name)
            .join(Role, Role.id == GroupRole.role_id)
            .where(GroupRole.group_id.in_(group_ids), runs(GroupRole.expires_at, at))
            .order_by(Role.name)
        )
        found: dict[UUID, list[str]] = {}
        for group_id, name in self._session.execute(query):
            found.setdefault(group_id, []).append(name)
        return found

    def with_role(self, role_id: UUID) -> Sequence[tuple[GroupRole, Group]]:
        """Every group that gives or gave the role, ended ones too, by name."""
        query = (
            select(GroupRole, Group)
            .join(Group, Group.id == GroupRole.group_id)
            .where(GroupRole.role_id == role_id)
            .order_by(func.lower(Group.name))
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def administrators_of(self, group_id: UUID) -> Sequence[tuple[GroupAdministrator, User]]:
        """Who looks after the group."""
        query = (
            select(GroupAdministrator, User)
            .join(User, User.id == GroupAdministrator.user_id)
            .where(GroupAdministrator.group_id == group_id)
            .order_by(User.name)
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def administrator(self, group_id: UUID, user_id: UUID) -> GroupAdministrator | None:
        return self._session.scalar(
            select(GroupAdministrator).where(
                GroupAdministrator.group_id == group_id, GroupAdministrator.user_id == user_id
            )
        )

    def is_administered_by(self, group_id: UUID, user_id: UUID) -> bool:
        looks_after = exists().where(
            GroupAdministrator.group_id == group_id, GroupAdministrator.user_id == user_id
        )
        return self._session.scalar(select(looks_after)) is True

    def administered_by(self, user_id: UUID) -> Sequence[Group]:
        """The groups that the person looks after, by name."""
        query = select(Group).where(Group.id.in_(_administered(user_id)))
        return self._session.scalars(query.order_by(func.lower(Group.name))).all()


def _administered(user_id: UUID) -> Select[UUID]:
    return select(GroupAdministrator.group_id).where(GroupAdministrator.user_id == user_id)
