"""Columns as plain cells, so that both databases hand out the same values for the canonical form, and quickly."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    Text,
    Uuid,
    cast,
    extract,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from portal.infra.db import UtcDateTime

Rows: TypeAlias = list[tuple[Any, ...]]

_MICROSECONDS: Final = literal_column("1000000", BigInteger())
_HEX: Final = literal_column("'hex'", String())


def cells(table: Table, names: Sequence[str], dialect: str) -> list[ColumnElement[Any]]:
    """These columns of a table: ids as 32 digits, instants as microseconds since 1970, documents as text."""
    return [cell(table.c[name], dialect).label(f"{table.name}_{name}") for name in names]


def cell(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """One column; what SQLite keeps is plain already."""
    kind: TypeEngine[Any] = column.type
    is_postgresql = dialect == "postgresql"
    if isinstance(kind, Uuid):
        return func.encode(func.uuid_send(column), _HEX) if is_postgresql else type_coerce(column, String())
    if isinstance(kind, UtcDateTime):
        epoch = extract("epoch", column) * _MICROSECONDS
        return cast(epoch, BigInteger()) if is_postgresql else type_coerce(column, BigInteger())
    if isinstance(kind, JSON):
        return cast(column, Text()) if is_postgresql else type_coerce(column, Text())
    return column


def fetch(session: Session, query: Select[Any], parameters: Mapping[str, object]) -> Rows:
    """Rows as the driver gives them. Whole chains are read this way, and rows of the ORM would cost twice as much."""
    connection = session.connection()
    compiled = query.compile(dialect=connection.dialect)
    given = compiled.construct_params(dict(parameters))
    positions = getattr(compiled, "positiontup", None)
    values = tuple(given[name] for name in positions) if positions is not None else given
    return list(connection.exec_driver_sql(str(compiled), values).cursor.fetchall())
