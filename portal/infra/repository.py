"""What repositories share: keyset pages, and clearing away in bounded steps."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")

PAGE_SIZE = 25
FORGET_AT_ONCE: Final = 5000
"""Rows that one transaction clears away: a delete of a million would stop every other writer."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A slice of a list, newest first, without a count over the table. `older` and `newer` are the ids to
    continue from.
    """

    items: list[T]
    older: UUID | None = None
    newer: UUID | None = None


def keyset_page(
    session: Session,
    query: Select[T],
    key: InstrumentedAttribute[UUID],
    *,
    before: UUID | None = None,
    after: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Page[T]:
    """One page of a query over rows whose ids grow with time: `before` goes on to older ones, `after` back.

    One row more than shown is asked for; that is how we know of the next page without counting.
    """
    if after is not None:
        found = list(session.scalars(query.where(key > after).order_by(key).limit(size + 1)))
        items = found[:size][::-1]
    else:
        older = query.where(key < before) if before is not None else query
        found = list(session.scalars(older.order_by(key.desc()).limit(size + 1)))
        items = found[:size]
    more = len(found) > size
    if not items:
        return Page(items)
    first, last = (getattr(item, key.key) for item in (items[0], items[-1]))
    return Page(
        items,
        older=last if more or after is not None else None,
        newer=first if (more if after is not None else before is not None) else None,
    )


def forget_some(
    session: Session | Connection,
    key: InstrumentedAttribute[Any],
    *over: ColumnElement[bool],
    most: int = FORGET_AT_ONCE,
) -> int:
    """Delete so many of the rows whose time is over; how many there were. `most` of them: there may be more."""
    some = select(key).where(*over).limit(most)
    gone = session.scalars(
        delete(key.class_)
        .where(key.in_(some), *over)
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
