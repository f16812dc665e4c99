"""Questions about people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, String, bindparam, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.repository.finding import (
    ORDERS,
    PeopleFilter,
    PeopleOrder,
    matching,
)
from portal.infra.by_id import ById
from portal.infra.keyset import Place, Slice, slice_of
from portal.infra.plain_rows import Plain
from portal.infra.prepared import Prepared
from portal.infra.repository import PAGE_SIZE

RESERVED: Final = (".example", "@example.com", "@example.net", "@example.org", ".example.com", ".example.net",
                   ".example.org", ".invalid", ".test")  # fmt: skip
"""How addresses end that are nobody's (RFC 2606)."""
EVERYBODY: Final = PeopleFilter()
_BY_ID: Final = ById(User)
_ROW: Final = Plain(User)
_TEXT: Final = bindparam("text", type_=String())
_BY_USERNAME: Final = Prepared(select(*_ROW.columns).where(func.lower(User.username) == _TEXT))
_BY_EMAIL: Final = Prepared(select(*_ROW.columns).where(func.lower(User.email) == _TEXT))


class Users:
    """Everybody with an account. Names and addresses are looked up without regard to case."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, user_id: UUID) -> User | None:
        return _BY_ID.get(self._session, user_id)

    def lock(self, user_id: UUID) -> User | None:
        """The person as of now, unchanged by anyone else until the end of this unit."""
        return _BY_ID.lock(self._session, user_id)

    def note_sign_in(self, user: User, *, at: datetime) -> None:
        _BY_ID.note(self._session, user, last_sign_in_at=at)

    def with_ids(self, user_ids: Collection[UUID]) -> Sequence[User]:
        """Those of them who are there, by name."""
        query = select(User).where(User.id.in_(user_ids)).order_by(func.lower(User.name), User.id)
        return self._session.scalars(query).all()

    def by_username(self, username: str) -> User | None:
        return self._found(_BY_USERNAME, username)

    def by_email(self, email: str) -> User | None:
        return self._found(_BY_EMAIL, email)

    def by_identifier(self, identifier: str) -> User | None:
        """By what a person types, folded by `rules.fold_identifier`. Only addresses hold an `@`."""
        return self.by_email(identifier) if "@" in identifier else self.by_username(identifier)

    def _found(self, statement: Prepared, text: str) -> User | None:
        row = statement.first(self._session, {"text": text.lower()})
        return _ROW.kept(self._session, row) if row is not None else None

    def exists_by_username(self, username: str) -> bool:
        taken = select(exists().where(func.lower(User.username) == username.lower()))
        return self._session.scalar(taken) is True

    def exists_by_email(self, email: str) -> bool:
        taken = select(exists().where(func.lower(User.email) == email.lower()))
        return self._session.scalar(taken) is True

    def usernames_among(self, candidates: Collection[str]) -> set[str]:
        """Which of these lower-case names are taken."""
        taken = select(func.lower(User.username)).where(func.lower(User.username).in_(candidates))
        return set(self._session.scalars(taken))

    def emails_among(self, candidates: Collection[str]) -> set[str]:
        """Which of these lower-case addresses are taken."""
        taken = select(func.lower(User.email)).where(func.lower(User.email).in_(candidates))
        return set(self._session.scalars(taken))

    def count(self, wanted: PeopleFilter = EVERYBODY) -> int:
        """How many there are: it looks at every one of them, so no page asks it each time."""
        found = matching(self._session, wanted).query.with_only_columns(
            func.count(), maintain_column_froms=True
        )
        return self._session.scalar(found) or 0

    def ids(self, wanted: PeopleFilter) -> Select[UUID]:
        """The question for the ids of those who are wanted, for statements that go on with it in the database."""
        return matching(self._session, wanted).query.with_only_columns(User.id, maintain_column_froms=True)

    def count_up_to(self, most: int, wanted: PeopleFilter = EVERYBODY) -> int:
        """The same, that looks at so many and no further."""
        some = matching(self._session, wanted).query.with_only_columns(User.id, maintain_column_froms=True)
        return self._session.scalar(select(func.count()).select_from(some.limit(most).subquery())) or 0

    def any_reachable(self) -> bool:
        """Whether anybody has an address that could be a real person's."""
        reserved = or_(*(User.email.endswith(ending, autoescape=True) for ending in RESERVED))
        return self._session.scalar(select(exists().where(not_(reserved)))) is True

    def page(
        self,
        wanted: PeopleFilter = EVERYBODY,
        *,
        order: PeopleOrder = "newest",
        before: Place | None = None,
        after: Place | None = None,
        size: int = PAGE_SIZE,
        skip: int = 0,
    ) -> Slice[User]:
        """A page of those who are wanted: `before` goes on with the list, `after` goes back in it, `skip` counts."""
        found = matching(self._session, wanted)
        page = slice_of(
            self._session, found.query, ORDERS[order], before=before, after=after, size=size, skip=skip
        )
        return replace(page, is_cut=found.is_cut)

    def search(self, text: str, *, size: int = PAGE_SIZE) -> Sequence[User]:
        """The first who match, by name; for fields in which a person is picked."""
        return self.page(PeopleFilter(text=text), order="name", size=size).items
