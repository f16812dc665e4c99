"""Rows that are looked up by their id all the time, as objects of the session."""

from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from portal.infra.db import Base
from portal.infra.plain_rows import Plain
from portal.infra.prepared import Prepared, inserting

T = TypeVar("T", bound=Base)


class ById(Generic[T]):
    """What `Session.get` and `Session.add` do, for a class whose only key is `id`, at a quarter of the price."""

    def __init__(self, model: type[T]) -> None:
        self._model: Final = model
        self._plain: Final = Plain(model)
        row = select(*self._plain.columns).where(
            model.__mapper__.primary_key[0] == bindparam("id", type_=Uuid())
        )
        self._asked, self._locked = Prepared(row), Prepared(row.with_for_update())
        self._insert = inserting(model)
        self._updates: dict[tuple[str, ...], Prepared] = {}
        self._attributes: Final = {each.columns[0].name: each.key for each in model.__mapper__.column_attrs}

    def get(self, session: Session, row_id: UUID) -> T | None:
        """The object; without a statement where the session has it already."""
        there = self._there(session, row_id)
        return there if there is not None else self._read(self._asked, session, row_id)

    def lock(self, session: Session, row_id: UUID) -> T | None:
        """The row as of now, unchanged by anyone else until the end of the transaction."""
        if self._there(session, row_id) is not None:
            return session.get(self._model, row_id, with_for_update=True, populate_existing=True)
        return self._read(self._locked, session, row_id)

    def add(self, session: Session, made: T) -> None:
        """Write a new one down, now; what changes in it afterwards the session writes."""
        self._insert.run(session, {name: getattr(made, key) for name, key in self._attributes.items()})
        make_transient_to_detached(made)
        session.add(made)

    def note(self, session: Session, row: T, **values: Any) -> None:  # noqa: ANN401 - whatever its columns hold
        """Write these values of a row that the session has, now; of others that it was given the session takes care."""
        update_of_these = self._updates.get(tuple(values)) or self._updating(tuple(values))
        update_of_these.run(session, {"of": row.__mapper__.primary_key_from_instance(row)[0], **values})
        for name, value in values.items():
            set_committed_value(row, name, value)

    def _updating(self, names: tuple[str, ...]) -> Prepared:
        of_this = self._model.__mapper__.primary_key[0] == bindparam("of", type_=Uuid())
        made = Prepared(update(self._model).where(of_this).values({name: bindparam(name) for name in names}))
        self._updates[names] = made
        return made

    def _there(self, session: Session, row_id: UUID) -> T | None:
        found: Any = session.identity_map.get(identity_key(self._model, row_id))
        return session.get(self._model, row_id) if found is not None else None

    def _read(self, statement: Prepared, session: Session, row_id: UUID) -> T | None:
        row = statement.first(session, {"id": row_id})
        return self._plain.kept(session, row) if row is not None else None
