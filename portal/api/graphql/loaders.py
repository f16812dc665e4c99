"""Rows for a whole page at once: the first who asks for one of those that are expected brings them all."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository import Role, Roles
from portal.access.repository.permissions import PermissionEntry, Permissions
from portal.infra.errors import Invalid

T = TypeVar("T")

MOST_ROWS: Final = 20_000
"""Of one answer. What usually hangs on a page is counted before; this is for a portal that is not usual."""


class AnswerTooLarge(Invalid):
    """What was asked for is more than one answer holds."""

    code = "answer_too_large"

    def __init__(self) -> None:
        super().__init__("That is more than one answer holds. Ask for smaller pages.")


class Batch(Generic[T]):
    """Rows under the id that they belong to, as many of them as were asked about so far."""

    def __init__(self, load: Callable[[Collection[UUID]], Mapping[UUID, Sequence[T]]]) -> None:
        self._load = load
        self._expected: set[UUID] = set()
        self._loaded: dict[UUID, Sequence[T]] = {}
        self._rows = 0

    def expect(self, ids: Iterable[UUID]) -> None:
        """These will be asked for, perhaps."""
        self._expected.update(set(ids) - self._loaded.keys())

    def of(self, row_id: UUID) -> Sequence[T]:
        """The rows; with the first of a page, all of it is read, in one statement.

        Raises:
            AnswerTooLarge
        """
        if row_id not in self._loaded:
            self.expect([row_id])
            found = self._load(self._expected)
            self._loaded.update({one: found.get(one, ()) for one in self._expected})
            self._expected.clear()
        rows = self._loaded[row_id]
        self._rows += len(rows)
        if self._rows > MOST_ROWS:
            raise AnswerTooLarge
        return rows


class Loaders:
    """What hangs on people, and on that."""

    def __init__(self, session: Callable[[], Session], *, at: datetime) -> None:
        self.roles: Batch[Role] = Batch(lambda ids: Roles(session()).of_users(ids, at=at))
        self.permissions: Batch[PermissionEntry] = Batch(
            lambda ids: Permissions(session()).entries_of_roles(ids)
        )
