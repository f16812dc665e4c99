"""Rows of mapped classes, read without the session: objects that it does not know, or is told of afterwards."""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from sqlalchemy import Connection, Label, Row
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from portal.infra.db import Base

T = TypeVar("T", bound=Base)

Asker: TypeAlias = Session | Connection
"""Whatever runs a statement; a connection does it at half the price."""


class Plain(Generic[T]):
    """The columns of a class for a statement, and the object in each row of its answer. Loading the same through the
    session costs three times as much, for bookkeeping that a mere question has no use for.
    """

    def __init__(self, model: type[T]) -> None:
        self._model: Final = model
        prefix = model.__tablename__
        attributes = model.__mapper__.column_attrs
        self._new: Final[Callable[[], T]] = model.__mapper__.class_manager.new_instance
        self._names: Final = {each.key: f"{prefix}_{each.key}" for each in attributes}
        self.columns: Final[list[Label[Any]]] = [
            getattr(model, key).label(name) for key, name in self._names.items()
        ]

    def of(self, row: Row[*tuple[Any, ...]]) -> T:
        """The object in a row of a statement with these columns, as loaded: nothing in it counts as changed."""
        values = row._mapping  # noqa: SLF001 - the documented name access of a row
        made = self._new()
        instance_dict(made).update({key: values[name] for key, name in self._names.items()})
        return made

    def kept(self, session: Session, row: Row[*tuple[Any, ...]]) -> T:
        """The same as an object of the session, which writes its changes. One that the session has already is returned
        as it is there: what was changed since counts, as it does when the session asks itself.
        """
        made = self.of(row)
        identity = self._model.__mapper__.identity_key_from_instance(made)
        there = session.identity_map.get(identity)
        if there is not None:
            return cast(T, there)
        make_transient_to_detached(made)
        session.add(made)
        return made
