"""Rows that are looked up by their id all the time, as objects of the session."""

from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from portal.infra.db import Base
from portal.infra.plain_rows import Plain
from portal.infra.prepared import Prepared

T = TypeVar("T", bound=Base)


class ById(Generic[T]):
    """What `Session.get` does, for a class whose only key is `id`, at a quarter of the price."""

    def __init__(self, model: type[T]) -> None:
        self._model: Final = model
        self._plain: Final = Plain(model)
        row = select(*self._plain.columns).where(
            model.__mapper__.primary_key[0] == bindparam("id", type_=Uuid())
        )
        self._asked, self._locked = Prepared(row), Prepared(row.with_for_update())

    def get(self, session: Session, row_id: UUID) -> T | None:
        """The object; without a statement where the session has it already."""
        there = self._there(session, row_id)
        return there if there is not None else self._read(self._asked, session, row_id)

    def lock(self, session: Session, row_id: UUID) -> T | None:
        """The row as of now, unchanged by anyone else until the end of the transaction."""
        if self._there(session, row_id) is not None:
            return session.get(self._model, row_id, with_for_update=True, populate_existing=True)
        return self._read(self._locked, session, row_id)

    def _there(self, session: Session, row_id: UUID) -> T | None:
        found: Any = session.identity_map.get(identity_key(self._model, row_id))
        return session.get(self._model, row_id) if found is not None else None

    def _read(self, statement: Prepared, session: Session, row_id: UUID) -> T | None:
        row = statement.first(session, {"id": row_id})
        return self._plain.kept(session, row) if row is not None else None
