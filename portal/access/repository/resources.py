"""Questions about what permissions speak of."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.access.models import Resource
from portal.access.repository.named_pages import by_name, containing, named_page, named_slice
from portal.infra.keyset import Order, Slice
from portal.infra.repository import PAGE_SIZE, Page

__all__ = ["Resource", "Resources"]

ResourceSort = Literal["name", "type"]


class Resources:
    """The portal's own rooms, and what apps keep permissions about."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, resource_id: UUID) -> Resource | None:
        return self._session.get(Resource, resource_id)

    def by_name(self, name: str) -> Resource | None:
        return self._session.scalar(select(Resource).where(Resource.name == name))

    def exists_by_name(self, name: str) -> bool:
        return self._session.scalar(select(exists().where(func.lower(Resource.name) == name.lower()))) is True

    def all(self) -> Sequence[Resource]:
        """The portal's rooms first, then by name."""
        return self._session.scalars(
            select(Resource).order_by(Resource.type != "portal", Resource.type, Resource.name)
        ).all()

    def types(self) -> Sequence[str]:
        return self._session.scalars(select(Resource.type).distinct().order_by(Resource.type)).all()

    def page(
        self,
        *,
        search: str = "",
        type_: str | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Resource]:
        """A to Z; only of one type where one is given."""
        query = select(Resource).where(*containing(search, Resource.name, Resource.description))
        if type_ is not None:
            query = query.where(Resource.type == type_)
        return named_page(self._session, Resource, query, before=before, after=after, size=size)

    def found(
        self,
        *,
        search: str = "",
        type_: str | None = None,
        sort: ResourceSort = "name",
        before: str = "",
        after: str = "",
        size: int = PAGE_SIZE,
    ) -> Slice[Resource]:
        """The same in any order."""
        query = select(Resource).where(*containing(search, Resource.name, Resource.description))
        if type_ is not None:
            query = query.where(Resource.type == type_)
        order = (
            by_name(Resource)
            if sort == "name"
            else Order(name="type", key=Resource.type.expression, id=Resource.id)
        )
        return named_slice(self._session, query, order, before=before, after=after, size=size)
