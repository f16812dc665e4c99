"""What repositories share: keyset pages."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

PAGE_SIZE = 25


@dataclass(frozen=True)
class Page(Generic[T]):
    """A slice of a list, newest first, without a count over the table. `older` and `newer` are the ids to
    continue from.
    """

    items: list[T]
    older: UUID | None = None
    newer: UUID | None = None
