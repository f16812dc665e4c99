"""Pages of a list in the order of its names: what roles, groups and resources share."""

from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.infra.keyset import Order, Slice, place_in, slice_of
from portal.infra.repository import PAGE_SIZE, Page

Sort = Literal["name", "newest"]


class Named(Protocol):
    """A row with a unique name."""

    id: Any
    name: Any


N = TypeVar("N", bound=Named)


def containing(text: str, *columns: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """One condition: any of the columns holds the text, without regard to case. None for an empty text."""
    sought = text.replace("\0", "").strip().lower()
    if not sought:
        return []
    first, *others = (func.lower(column).contains(sought, autoescape=True) for column in columns)
    for other in others:
        first = first | other
    return [first]


def named_page(
    session: Session,
    kind: type[N],
    query: Select[N],
    *,
    before: UUID | None = None,
    after: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Page[N]:
    """A to Z; as in every list `before` (a row's id) goes on down the list, and `after` back up.

    A row that was deleted since marks no place any more: the list begins anew.
    """
    key = func.lower(kind.name)
    mark = before or after
    place = session.scalar(select(func.lower(kind.name)).where(kind.id == mark)) if mark else None
    backwards = after is not None and place is not None
    if place is not None:
        query = query.where(key < place if backwards else key > place)
    found = list(session.scalars(query.order_by(key.desc() if backwards else key).limit(size + 1)))
    items = found[:size][::-1] if backwards else found[:size]
    more = len(found) > size
    if not items:
        return Page(items)
    return Page(
        items,
        older=items[-1].id if more or backwards else None,
        newer=items[0].id if (more if backwards else place is not None) else None,
    )


def named_slice(
    session: Session,
    query: Select[N],
    order: Order,
    *,
    before: str = "",
    after: str = "",
    size: int = PAGE_SIZE,
) -> Slice[N]:
    """The same in an order that is asked for. `before` and `after` are places as an earlier answer named them."""
    return slice_of(
        session,
        query,
        order,
        before=place_in(order.name, before),
        after=place_in(order.name, after),
        size=size,
    )


def by_name(kind: type[N]) -> Order:
    """A to Z, whatever the case."""
    return Order(name="name", key=func.lower(kind.name), id=kind.id)


def by_age(created_at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[UUID]) -> Order:
    """The newest first."""
    return Order(name="newest", key=created_at.expression, id=row_id, descends=True)
