"""Questions about roles and who holds them, by themselves or by a group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.access.models import Permission, Role, UserRole
from portal.access.repository.holdings import HELD_BY, holdings
from portal.access.repository.named_pages import (
    Sort,
    by_age,
    by_name,
    containing,
    named_page,
    named_slice,
)
from portal.accounts.models import User
from portal.infra.keyset import Slice
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

__all__ = ["Assignment", "HeldRole", "Role", "Roles"]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One way in which a person holds a role; `ends_at` is the earliest end on that way, None if there is none."""

    role_id: UUID
    name: str
    group_id: UUID | None
    group_name: str | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role that was given to a person, ended or not."""

    user: User
    row: UserRole

    @property
    def id(self) -> UUID:
        return self.row.id


class Roles:
    """Roles and who holds them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, role_id: UUID) -> Role | None:
        return self._session.get(Role, role_id)

    def by_name(self, name: str) -> Role | None:
        return self._session.scalar(select(Role).where(Role.name == name))

    def exists_by_name(self, name: str) -> bool:
        """Without regard to case: two roles that only differ there would be taken for one another."""
        return self._session.scalar(select(exists().where(func.lower(Role.name) == name.lower()))) is True

    def all(self) -> Sequence[Role]:
        return self._session.scalars(select(Role).order_by(Role.name)).all()

    def page(
        self,
        *,
        search: str = "",
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Role]:
        """A to Z."""
        query = select(Role).where(*containing(search, Role.name, Role.description))
        return named_page(self._session, Role, query, before=before, after=after, size=size)

    def found(
        self,
        *,
        search: str = "",
        is_system: bool | None = None,
        is_requestable: bool | None = None,
        owner_id: UUID | None = None,
        sort: Sort = "name",
        before: str = "",
        after: str = "",
        size: int = PAGE_SIZE,
    ) -> Slice[Role]:
        """The same, narrowed further and in any order."""
        query = select(Role).where(*containing(search, Role.name, Role.description))
        if is_system is not None:
            query = query.where(Role.is_system.is_(is_system))
        if is_requestable is not None:
            query = query.where(Role.is_requestable.is_(is_requestable))
        if owner_id is not None:
            query = query.where(Role.owner_id == owner_id)
        order = by_name(Role) if sort == "name" else by_age(Role.created_at, Role.id)
        return named_slice(self._session, query, order, before=before, after=after, size=size)

    def of_user(self, user_id: UUID, *, at: datetime) -> Sequence[Role]:
        """Roles that the person holds at that moment in whatever way, each once, by name."""
        held = holdings(at, user_id=user_id)
        return self._session.scalars(
            select(Role).where(Role.id.in_(select(held.c.role_id))).order_by(Role.name)
        ).all()

    def held_by(self, user_id: UUID, *, at: datetime) -> Sequence[HeldRole]:
        """Every way in which the person holds a role at that moment, by name; the direct way first."""
        return [HeldRole(*row) for row in HELD_BY.all(self._session, {"user_id": user_id, "at": at})]

    def assignments_of(self, user_id: UUID) -> Sequence[tuple[UserRole, Role]]:
        """Every assignment to the person itself, ended ones too, with its role."""
        query = (
            select(UserRole, Role).join(Role, UserRole.role_id == Role.id).where(UserRole.user_id == user_id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Role.name))]

    def assignment(self, user_id: UUID, role_id: UUID) -> UserRole | None:
        """What was given to the person itself, ended or not."""
        return self._session.scalar(
            select(UserRole).where(UserRole.user_id == user_id, UserRole.role_id == role_id)
        )

    def assignments_page(
        self,
        role_id: UUID,
        *,
        search: str = "",
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Assignment]:
        """People to whom the role was given themselves, the latest first."""
        people = containing(search, User.username, User.email, User.name)
        query = select(UserRole).where(UserRole.role_id == role_id)
        if people:
            query = query.join(User, User.id == UserRole.user_id).where(*people)
        page = keyset_page(self._session, query, UserRole.id, before=before, after=after, size=size)
        found = select(User).where(User.id.in_([row.user_id for row in page.items]))
        users = {user.id: user for user in self._session.scalars(found)}
        return Page([Assignment(users[row.user_id], row) for row in page.items], page.older, page.newer)

    def is_assigned(self, user_id: UUID, role_id: UUID) -> bool:
        """Whether the role was given to the person itself, ended or not."""
        given = exists().where(UserRole.user_id == user_id, UserRole.role_id == role_id)
        return self._session.scalar(select(given)) is True

    def holders_of(self, role_id: UUID, *, at: datetime) -> Sequence[UUID]:
        """Ids of the people who hold the role at that moment, each once."""
        held = holdings(at, roles=select(Role.id).where(Role.id == role_id))
        return self._session.scalars(select(held.c.user_id).distinct()).all()

    def has_active_holder(self, name: str, *, at: datetime, for_good: bool = False) -> bool:
        """Whether anybody with this role could sign in at that moment; `for_good`: at any later one, too."""
        held = holdings(at, roles=select(Role.id).where(Role.name == name))
        who = select(User.id).join(held, held.c.user_id == User.id)
        query = who.where(User.is_active, User.password_hash.is_not(None))
        if for_good:
            query = query.where(held.c.ends_at.is_(None))
        return self._session.scalar(select(query.exists())) is True

    def names_of_users(self, user_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Sequence[str]]:
        """The roles of everybody on a page, each once, by name, in one statement."""
        held = holdings(at, users=select(User.id).where(User.id.in_(user_ids)))
        query = (
            select(held.c.user_id, Role.name)
            .join(Role, Role.id == held.c.role_id)
            .distinct()
            .order_by(Role.name)
        )
        found: dict[UUID, list[str]] = {}
        for user_id, name in self._session.execute(query):
            found.setdefault(user_id, []).append(name)
        return found

    def of_users(self, user_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Sequence[Role]]:
        """The same with all that roles say of themselves."""
        held = holdings(at, users=select(User.id).where(User.id.in_(user_ids)))
        query = select(held.c.user_id, Role).join(Role, Role.id == held.c.role_id).order_by(Role.name)
        found: dict[UUID, dict[UUID, Role]] = {}
        for user_id, role in self._session.execute(query):
            found.setdefault(user_id, {})[role.id] = role
        return {user_id: tuple(roles.values()) for user_id, roles in found.items()}

    def permitting(self, resource_id: UUID) -> Sequence[Role]:
        """Roles with a permission on the resource, by name."""
        query = select(Role).where(
            Role.id.in_(select(Permission.role_id).where(Permission.resource_id == resource_id))
        )
        return self._session.scalars(query.order_by(Role.name)).all()
