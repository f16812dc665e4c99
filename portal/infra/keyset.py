"""Pages of a list in any of its orders, without an offset and without a count: each is read off an index."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.infra.repository import PAGE_SIZE

T = TypeVar("T")

Key = str | datetime | None
"""What rows are ordered by."""

_LONGEST: Final = 600
_AT: Final = "at"


@dataclass(frozen=True)
class Place:
    """A row's place in an order: what it is ordered by, then its id, since two may have the same key."""

    order: str
    key: Key
    id: UUID

    def __str__(self) -> str:
        """As it stands in an address. It names no more than the row itself shows, so it needs no seal."""
        key = {_AT: self.key.isoformat()} if isinstance(self.key, datetime) else self.key
        packed = orjson.dumps([self.order, key, self.id.hex])
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place_in(order: str, text: str) -> Place | None:
    """The place that an address names; None if it can't be read, or is one of another order."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        named, key, row = orjson.loads(packed)
        if named != order or not isinstance(key, str | dict | None):
            return None
        if isinstance(key, str) and "\0" in key:
            return None
        at = datetime.fromisoformat(key[_AT]) if isinstance(key, dict) else key
        if isinstance(at, datetime) and at.tzinfo is None:
            return None
        return Place(order, at, UUID(row))
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError):
        return None


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order of a list. Rows whose key is null come last, whatever the direction and the database."""

    name: str
    key: ColumnElement[Any]
    id: InstrumentedAttribute[UUID]
    descends: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Slice(Generic[T]):
    """A page; `older` and `newer` are the places from which the list goes on, down and up."""

    items: list[T]
    older: Place | None = None
    newer: Place | None = None
    is_cut: bool = False
    """Whether there was too much to look at all of it."""


def slice_of(
    session: Session,
    query: Select[T],
    order: Order,
    *,
    before: Place | None = None,
    after: Place | None = None,
    size: int = PAGE_SIZE,
    skip: int = 0,
) -> Slice[T]:
    """The page that follows a place (`before`: older, further down) or leads up to one (`after`); `skip` counts from
    the beginning instead, for orders without nulls, and reads all that it skips.

    One row more than shown is asked for; that is how we know of the next page without counting.
    """
    back = after is not None
    found: list[tuple[T, Key]] = []
    for segment in _segments(query, order, after or before, back=back):
        # the key as the database has it: its lower case need not be ours
        rest = segment.offset(skip) if skip else segment
        rows = session.execute(rest.add_columns(order.key).limit(size + 1 - len(found)))
        found += [(row[0], row[1]) for row in rows]
        if len(found) > size:
            break
    shown, more = found[:size], len(found) > size
    if not shown:
        return Slice([])
    if back:
        shown.reverse()
    first, last = (Place(order.name, key, getattr(item, order.id.key)) for item, key in (shown[0], shown[-1]))
    return Slice(
        [item for item, _ in shown],
        older=last if more or back else None,
        newer=first if (more if back else before is not None or skip > 0) else None,
    )


def _segments(query: Select[T], order: Order, place: Place | None, *, back: bool) -> list[Select[T]]:
    """The stretches to read, one after the other: rows with a key, and rows without one."""
    down = order.descends is not back
    keyed = query.where(order.key.is_not(None)) if order.nullable else query
    keyed = keyed.order_by(*((order.key.desc(), order.id.desc()) if down else (order.key, order.id)))
    unkeyed = query.where(order.key.is_(None)).order_by(order.id.desc() if down else order.id)
    segments = [keyed, unkeyed] if order.nullable else [keyed]
    if place is None:
        return segments
    if place.key is None:
        unkeyed = unkeyed.where(order.id < place.id if down else order.id > place.id)
        return [unkeyed, keyed] if back else [unkeyed]
    here = tuple_(order.key, order.id)
    there = tuple_(literal(place.key, order.key.type), literal(place.id, order.id.type))
    keyed = keyed.where(here < there if down else here > there)
    return [keyed] if back else [keyed, *segments[1:]]
