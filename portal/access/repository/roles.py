"""Questions about roles, assignments and permissions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.access.models import Permission, Resource, Role, UserRole
from portal.access.rules import PermissionSet
from portal.accounts.models import User

__all__ = ["Permissions", "Role", "Roles", "is_running"]


def is_running(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """An assignment ends at its `expires_at` by itself, whether or not anything ever sweeps it."""
    return or_(UserRole.expires_at.is_(None), UserRole.expires_at > at)


class Roles:
    """Roles and who holds them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_name(self, name: str) -> Role | None:
        return self._session.scalar(select(Role).where(Role.name == name))

    def all(self) -> Sequence[Role]:
        return self._session.scalars(select(Role).order_by(Role.name)).all()

    def of_user(self, user_id: UUID, *, at: datetime) -> Sequence[Role]:
        """Roles that the person holds at that moment, by name."""
        return self._session.scalars(
            self._held(at).where(UserRole.user_id == user_id).order_by(Role.name)
        ).all()

    def assignments_of(self, user_id: UUID) -> Sequence[tuple[UserRole, Role]]:
        """Every assignment of the person, ended ones too, with its role."""
        query = (
            select(UserRole, Role).join(Role, UserRole.role_id == Role.id).where(UserRole.user_id == user_id)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Role.name))]

    def is_assigned(self, user_id: UUID, role_id: UUID) -> bool:
        return bool(
            self._session.scalar(
                select(exists().where(UserRole.user_id == user_id, UserRole.role_id == role_id))
            )
        )

    def holders_of(self, role_id: UUID, *, at: datetime) -> Sequence[UUID]:
        """Ids of the people who hold the role at that moment."""
        return self._session.scalars(
            select(UserRole.user_id).where(UserRole.role_id == role_id, is_running(at))
        ).all()

    def has_active_holder(self, name: str, *, at: datetime) -> bool:
        """Whether anybody with this role could sign in at that moment."""
        held = (
            select(User.id)
            .join(UserRole, and_(UserRole.user_id == User.id, is_running(at)))
            .join(Role, Role.id == UserRole.role_id)
            .where(Role.name == name, User.is_active)
        )
        return self._session.scalar(select(held.exists())) is True

    def names_of_users(self, user_ids: Collection[UUID], *, at: datetime) -> Mapping[UUID, Sequence[str]]:
        """The roles of everybody on a page, by name, in one statement."""
        query = (
            select(UserRole.user_id, Role.name)
            .join(Role, and_(UserRole.role_id == Role.id, is_running(at)))
            .where(UserRole.user_id.in_(user_ids))
            .order_by(Role.name)
        )
        found: dict[UUID, list[str]] = {}
        for user_id, name in self._session.execute(query):
            found.setdefault(user_id, []).append(name)
        return found

    @staticmethod
    def _held(at: datetime) -> Select[Role]:
        return select(Role).join(UserRole, and_(UserRole.role_id == Role.id, is_running(at)))


class Permissions:
    """What roles permit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_user(self, user_id: UUID, *, at: datetime) -> PermissionSet:
        """Every unconditional permission of the person at that moment, in one statement.

        A permission with conditions is no permission here: only the resolver that evaluates them may grant it.
        """
        query = (
            select(Resource.name, Permission.action)
            .join(Permission, Permission.resource_id == Resource.id)
            .join(UserRole, UserRole.role_id == Permission.role_id)
            .where(UserRole.user_id == user_id, is_running(at), Permission.conditions.is_(None))
            .distinct()
        )
        return frozenset((name, action) for name, action in self._session.execute(query))
