"""Columns as plain cells, so that both databases hand out the same values for the canonical form, and quickly.

SQLite keeps ids as digits and instants as numbers already. PostgreSQL hands them out as it keeps them: ids as 16 bytes,
which the canonical form writes as digits, and instants as microseconds since 2000 (`from_1970` moves them). To have the
server make text of them, and the driver objects of that text, costs more than to hash the entry.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from typing import cast as typed

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    String,
    Text,
    Uuid,
    cast,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from portal.infra.db import UtcDateTime

if TYPE_CHECKING:
    import psycopg

Rows: TypeAlias = list[tuple[Any, ...]]

_POSTGRESQL_BEGINS: Final = 946_684_800_000_000
"""2000-01-01, from where PostgreSQL counts its instants, in microseconds since 1970."""


def cells(table: FromClause, names: Sequence[str], dialect: str) -> list[ColumnElement[Any]]:
    """These columns of a table: ids and instants as the database keeps them, documents as text."""
    return [cell(table.c[name], dialect) for name in names]


def cell(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """One column, as plainly as the driver can read it."""
    kind: TypeEngine[Any] = column.type
    is_postgresql = dialect == "postgresql"
    if isinstance(kind, JSON):
        return cast(column, Text()) if is_postgresql else type_coerce(column, Text())
    if is_postgresql:
        return column
    if isinstance(kind, Uuid):
        return type_coerce(column, String())
    return type_coerce(column, BigInteger()) if isinstance(kind, UtcDateTime) else column


def from_1970(dialect: str) -> int:
    """What to add to an instant of this database."""
    return _POSTGRESQL_BEGINS if dialect == "postgresql" else 0


def digits_of(cell_of_id: str | bytes) -> str:
    """An id, as SQLite and the canonical form have it."""
    return cell_of_id.hex() if isinstance(cell_of_id, bytes) else cell_of_id


def fetch(session: Session, query: Select[Any], parameters: Mapping[str, object]) -> Rows:
    """Rows as the driver gives them. Whole chains are read this way, and rows of the ORM would cost twice as much."""
    connection = session.connection()
    compiled = _compiled(query, connection.dialect)
    given = compiled.construct_params(dict(parameters)) or {}
    if connection.dialect.name == "postgresql":
        return _fetch_binary(connection, str(compiled), given)
    values = tuple(given[name] for name in compiled.positiontup or ())
    return _of_their_kinds(_fetch_plain(connection, str(compiled), values), _kinds(query))


@lru_cache(maxsize=16)
def _compiled(query: Select[Any], dialect: Dialect) -> SQLCompiler:
    """The few questions about the chain, put in words once: that costs as much as a hundred of the answer's rows."""
    return query.compile(dialect=dialect)


def _fetch_plain(connection: Connection, text: str, values: tuple[object, ...]) -> Rows:
    """As SQLite keeps it, which need not even be text where text should be."""
    driver = typed(sqlite3.Connection, connection.connection.driver_connection)
    try:
        return list(connection.exec_driver_sql(text, values).cursor.fetchall())
    except sqlite3.OperationalError:
        usual, driver.text_factory = driver.text_factory, _legible
    try:
        return list(connection.exec_driver_sql(text, values).cursor.fetchall())
    finally:
        driver.text_factory = usual


def _legible(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"no text: {raw.hex()}"


@lru_cache(maxsize=16)
def _kinds(query: Select[Any]) -> tuple[type, ...]:
    """What a cell of each column is."""
    return tuple(
        bytes if isinstance(column.type, LargeBinary) else int if isinstance(column.type, Integer) else str
        for column in query.selected_columns
    )


def _of_their_kinds(rows: Rows, kinds: tuple[type, ...]) -> Rows:
    """SQLite keeps bytes in a column of text if somebody puts them there, and both may be written with the same digits:
    what is of another kind than its column becomes something that was never sealed.
    """
    wrong = {kind for kind in {tuple(map(type, row)) for row in rows} if not _fits(kind, kinds)}
    return [_marked(row, kinds) if tuple(map(type, row)) in wrong else row for row in rows] if wrong else rows


def _fits(found: tuple[type, ...], kinds: tuple[type, ...]) -> bool:
    return all(one in {kind, NoneType} for one, kind in zip(found, kinds, strict=True))


def _marked(row: tuple[Any, ...], kinds: tuple[type, ...]) -> tuple[Any, ...]:
    return tuple(
        cell if isinstance(cell, kind | None) else f"{type(cell).__name__}: {cell!r}"
        for cell, kind in zip(row, kinds, strict=True)
    )


def _fetch_binary(connection: Connection, text: str, given: Mapping[str, object]) -> Rows:
    """In PostgreSQL's binary format, and nothing made of what comes."""
    from psycopg import Error  # noqa: PLC0415 - only where there is PostgreSQL
    from psycopg.types.numeric import Int8BinaryLoader  # noqa: PLC0415
    from psycopg.types.string import ByteaBinaryLoader  # noqa: PLC0415

    driver = typed("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
    try:
        with driver.cursor(binary=True) as cursor:
            cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
            cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)
            return list(cursor.execute(text, given).fetchall())
    except Error as failed:
        raise OperationalError(text, None, failed, hide_parameters=True) from failed
