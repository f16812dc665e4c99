"""How an entry is written. Every change makes one, so these are plain statements without the session's bookkeeping."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import (
    Connection,
    Insert,
    LargeBinary,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    true,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from portal.audit.models import AuditLog, AuditSubject
from portal.infra.prepared import Prepared, inserting

_ENTRIES: Final = cast(Table, AuditLog.__table__)
_SUBJECTS: Final = cast(Table, AuditSubject.__table__)
_OF_OLD: Final = frozenset({"ip", "user_agent"})
"""Columns that only entries from before they were sealed have a value in."""
_OF_ENTRY: Final = "entry_"
"""Before the names of an entry's values, where they stand beside those of its subjects."""


def write_entry(
    connection: Connection, entry: Mapping[str, Any], subjects: Sequence[Mapping[str, Any]]
) -> None:
    """An entry and the rows it touched, `subjects` by their position: one statement on PostgreSQL, where each is a
    round trip, two on SQLite.
    """
    if not subjects:
        _ENTRY.run(connection, entry)
    elif connection.dialect.name == "postgresql":
        values = {f"{_OF_ENTRY}{name}": value for name, value in entry.items()}
        for name in _TOUCHED:
            values[name] = [subject[name] for subject in subjects]
        _WITH_SUBJECTS.run(connection, values)
    else:
        _ENTRY.run(connection, entry)
        _SUBJECT.run(connection, *subjects)


def _with_subjects() -> Insert:
    """Both at once: the entry's row, and from it and the arrays of what it touched the rows of its subjects."""
    values = {
        column: bindparam(f"{_OF_ENTRY}{column.name}", type_=column.type)
        for column in _ENTRIES.columns
        if column.name not in _OF_OLD
    }
    entry = insert(_ENTRIES).values(values).returning(_ENTRIES.c.id, _ENTRIES.c.created_at).cte("entry")
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in _TOUCHED.items()]
    touched = (
        func.unnest(*arrays).table_valued(*_TOUCHED, with_ordinality="place", name="touched").render_derived()
    )
    rows = select(
        entry.c.id,
        entry.c.created_at,
        as_type(touched.c.place - 1, _SUBJECTS.c.position.type),
        *(touched.c[name] for name in _TOUCHED),
    ).select_from(entry.join(touched, true()))
    return insert(_SUBJECTS).from_select(["entry_id", "created_at", "position", *_TOUCHED], rows)


_TOUCHED: Final[dict[str, TypeEngine[Any]]] = {
    "resource_type": String(),
    "resource_id": Uuid(),
    "resource_label": String(),
    "sealed_label": LargeBinary(),
}
_WITH_SUBJECTS: Final = Prepared(_with_subjects())
_ENTRY: Final = inserting(AuditLog, without=_OF_OLD)
_SUBJECT: Final = inserting(AuditSubject)
