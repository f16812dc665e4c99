"""Questions about people."""

from typing import Literal
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.infra.repository import PAGE_SIZE, Page

UserState = Literal["active", "unverified", "disabled"]


class Users:
    """Everybody with an account. Names and addresses are looked up without regard to case."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, user_id: UUID) -> User | None:
        return self._session.get(User, user_id)

    def by_username(self, username: str) -> User | None:
        return self._session.scalar(select(User).where(func.lower(User.username) == username.lower()))

    def by_email(self, email: str) -> User | None:
        return self._session.scalar(select(User).where(func.lower(User.email) == email.lower()))

    def by_identifier(self, identifier: str) -> User | None:
        """By what a person types, folded by `rules.fold_identifier`. Only addresses hold an `@`."""
        return self.by_email(identifier) if "@" in identifier else self.by_username(identifier)

    def exists_by_username(self, username: str) -> bool:
        taken = select(exists().where(func.lower(User.username) == username.lower()))
        return self._session.scalar(taken) is True

    def exists_by_email(self, email: str) -> bool:
        taken = select(exists().where(func.lower(User.email) == email.lower()))
        return self._session.scalar(taken) is True

    def usernames_among(self, candidates: list[str]) -> set[str]:
        """Which of these lower-case names are taken."""
        taken = select(func.lower(User.username)).where(func.lower(User.username).in_(candidates))
        return set(self._session.scalars(taken))

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(User)) or 0

    def page(
        self,
        *,
        search: str = "",
        state: UserState | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[User]:
        """Newest first. `before` goes on to older accounts, `after` back to newer ones."""
        query = _in_state(_matching(select(User), search), state).limit(size + 1)
        if after is not None:
            newer = list(self._session.scalars(query.where(User.id > after).order_by(User.id)))
            items, more = newer[:size][::-1], len(newer) > size
            return Page(
                items,
                older=items[-1].id if items else None,
                newer=items[0].id if more else None,
            )
        query = query.where(User.id < before) if before else query
        found = list(self._session.scalars(query.order_by(User.id.desc())))
        items, more = found[:size], len(found) > size
        return Page(
            items,
            older=items[-1].id if more else None,
            newer=items[0].id if before and items else None,
        )


def _matching(query: Select[User], search: str) -> Select[User]:
    text = search.strip().lower()
    if not text:
        return query
    return query.where(
        or_(
            *(
                func.lower(column).contains(text, autoescape=True)
                for column in (User.username, User.email, User.name)
            )
        )
    )


def _in_state(query: Select[User], state: UserState | None) -> Select[User]:
    match state:
        case "active":
            return query.where(User.is_active, User.email_verified_at.is_not(None))
        case "unverified":
            return query.where(User.is_active, User.email_verified_at.is_(None))
        case "disabled":
            return query.where(~User.is_active)
        case None:
            return query
