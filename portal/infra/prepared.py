"""Statements that are written in SQLAlchemy, and asked past it.

What SQLAlchemy does at each execution (finding the text in its cache, making a context and a result, naming columns)
costs as much as the driver and the database together where a row is looked up by its key. `Prepared` does it once for
each kind of database, and then hands text and values to the driver itself: a third of the time. It is for the
statements that every token request makes; anything else is better asked the usual way.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import CompoundSelect, Connection, Dialect, Row, Select, Table, UpdateBase, insert
from sqlalchemy.engine import result_tuple
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from portal.infra.db import Base, direct_way
from portal.infra.plain_rows import Asker
from portal.infra.sqlite import READ_ONLY

Values: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = list[Row[*tuple[Any, ...]]]
Statement: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | UpdateBase
_Convert: TypeAlias = Callable[[Any], Any]
_MakeRow: TypeAlias = Callable[[Iterable[Any]], Any]


class Prepared:
    """One statement. Values go by the names of its `bindparam`s, or for an INSERT of its columns; lists of values
    (`IN`) and defaults that Python computes are not for it.

    Errors are SQLAlchemy's. Where somebody listens to statements (traces, tests that count), it is executed the usual
    way. A session is flushed first, as it would do itself; rows that it holds are not brought up to date.
    """

    def __init__(self, statement: Statement, *, columns: Sequence[str] = ()) -> None:
        self._statement, self._columns = statement, columns
        self._written: dict[str, _Written] = {}

    def first(self, asker: Asker, values: Values) -> Row[*tuple[Any, ...]] | None:
        """The first row of the answer; None where there is none."""
        rows = self.all(asker, values)
        return rows[0] if rows else None

    def scalar(self, asker: Asker, values: Values) -> Any:  # noqa: ANN401 - whatever the first column holds
        """The first value of the first row; None where there is none."""
        rows = self.all(asker, values)
        return rows[0][0] if rows else None

    def all(self, asker: Asker, values: Values) -> Rows:
        """All rows; none of a statement that answers with nothing."""
        return self._ask(asker, (values,))

    def _ask(self, asker: Asker, given: Sequence[Values]) -> Rows:
        if isinstance(asker, Session):
            if asker.autoflush:
                asker.flush()
            asker = asker.connection()
        if _is_listened_to(asker):
            result = asker.execute(self._statement, given if len(given) > 1 else given[0])
            return list(result) if result.returns_rows else []
        written = self._written.get(asker.dialect.name)
        if written is None:
            written = _Written(self._statement, asker.dialect, self._columns)
            self._written[asker.dialect.name] = written
        return written.ask(asker, given)

    def run(self, asker: Asker, *rows: Values) -> None:
        """For a statement whose answer nobody wants: once with each of these values, and at once."""
        self._ask(asker, rows)


def inserting(model: type[Base], *, without: Collection[str] = ()) -> Prepared:
    """A row of a class, as values of all of its columns but those `without`, by their names."""
    table = cast(Table, model.__table__)
    return Prepared(insert(table), columns=[each.name for each in table.columns if each.name not in without])


def _is_listened_to(connection: Connection) -> bool:
    heard = connection.dispatch
    return bool(heard.before_cursor_execute or heard.before_execute)


class _Written:
    """A statement as one kind of database takes it."""

    def __init__(self, statement: Statement, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns or None)
        if compiled.post_compile_params:
            raise TypeError("a statement with lists of values can't be prepared")
        self.text: Final = compiled.string
        # what SQLAlchemy itself converts values by
        converts = cast(Mapping[str, _Convert], compiled._bind_processors)  # noqa: SLF001
        known = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        self._known: Final = {name: _converted(converts.get(name), value) for name, value in known.items()}
        self._named: Final = [
            (name, converts.get(name)) for name in compiled.bind_names.values() if name not in self._known
        ]
        self._order: Final = compiled.positiontup
        self._row, self._converts = _reader(compiled, dialect)

    def ask(self, connection: Connection, given: Sequence[Values]) -> Rows:
        parameters = [self._parameters(values) for values in given]
        if not connection.in_transaction() and not connection.get_execution_options().get(READ_ONLY):
            connection.begin()
        try:
            found = self._found(connection, parameters)
        except Exception as problem:  # noqa: BLE001 - raised again as SQLAlchemy's, which also judges the connection
            connection._handle_dbapi_exception(problem, self.text, None, None, None)  # noqa: SLF001
        return [self._row(self._values_of(row)) for row in found]

    def _found(self, connection: Connection, parameters: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        if self._order is None:
            direct = direct_way(connection)
            found: Sequence[tuple[Any, ...]] = ()
            for each in parameters:
                found = direct.ask(self.text, each)
            return found
        cursor = connection.connection.cursor()
        try:
            if len(parameters) == 1:
                cursor.execute(self.text, parameters[0])
                return cursor.fetchall() if self._converts else ()
            cursor.executemany(self.text, parameters)
            return ()
        finally:
            cursor.close()

    def _parameters(self, values: Values) -> Any:  # noqa: ANN401 - by name or by place, as the driver takes them
        converted = self._known.copy()
        for name, convert in self._named:
            value = values[name]
            converted[name] = value if convert is None or value is None else convert(value)
        return converted if self._order is None else [converted[name] for name in self._order]

    def _values_of(self, row: tuple[Any, ...]) -> Any:  # noqa: ANN401
        return [
            value if convert is None or value is None else convert(value)
            for convert, value in zip(self._converts, row, strict=True)
        ]


def _reader(compiled: SQLCompiler, dialect: Dialect) -> tuple[_MakeRow, Sequence[_Convert | None]]:
    """What makes a row, and what makes its values."""
    columns = compiled._result_columns  # noqa: SLF001 - names and types of the answer
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return result_tuple([column.name for column in columns]), converts


def _converted(convert: _Convert | None, value: Any) -> Any:  # noqa: ANN401
    return value if convert is None or value is None else convert(value)
