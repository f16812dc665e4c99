"""Prepared statements of PostgreSQL by libpq's own call, which waits in C without holding the interpreter.

psycopg sends a statement and fetches its answer in two rounds of waiting in Python, and learns anew with each cursor
how values travel. Here a connection keeps what it has prepared and learnt: a row by its key takes half of the time. The
wait is bounded by the server (`statement_timeout`), as it is for psycopg.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from psycopg import Connection, OperationalError, errors
from psycopg._preparing import PrepareManager  # pinned by the lock, and held by tests/infra
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from portal.infra.postgresql_cursor import KnowingQuery

_MOST_PREPARED: Final = 500
_Key: TypeAlias = tuple[bytes, tuple[int, ...]]
"""A text, and the types of its values."""
_UNKNOWN: Final = 0
"""The type of a value that is not there."""


class OwnNames(PrepareManager):
    """What psycopg's cursors have prepared. After a ROLLBACK they forget all of it: one by one, for DEALLOCATE ALL
    would take away what is prepared here too.
    """

    def clear(self) -> bool:
        self._counts.clear()
        had_some = bool(self._names)
        self._to_flush.extend(self._names.values())
        self._names.clear()
        return had_some


class Direct:
    """One connection, for as long as it lives."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._adapts = Transformer(connection)
        self._names: dict[_Key, bytes] = {}
        self._stale: list[bytes] = []
        self._made = 0
        self._types: dict[bytes, tuple[int, ...]] = {}

    def ask(self, text: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows of the answer.

        Raises:
            psycopg.Error: as a cursor would.
        """
        query = KnowingQuery(self._adapts)
        query.convert(text, values)
        key = (query.query, self._types_of(query))
        try:
            result = self._run_prepared(key, query)
        except (errors.InvalidSqlStatementName, errors.FeatureNotSupported):
            # somebody said DEALLOCATE, or changed the type of a column ("cached plan must not change result type")
            self._give_up()
            if self._is_in_transaction:  # which is over; the next one prepares anew
                raise
            result = self._run_prepared(key, query)
        if result.status != ExecStatus.TUPLES_OK:
            return ()
        self._adapts.set_pgresult(result)
        return self._adapts.load_rows(0, result.ntuples, tuple)

    def run(self, text: bytes) -> None:
        """Something without values or an answer, like BEGIN."""
        self._checked(self._libpq.exec_(text))

    def _types_of(self, query: KnowingQuery) -> tuple[int, ...]:
        """Of its values. One that is missing has none of its own; that of an earlier one does, so that a statement is
        not prepared for each pattern of gaps.
        """
        types = query.types
        if _UNKNOWN in types and query.query in self._types:
            types = tuple(now or before for now, before in zip(types, self._types[query.query], strict=True))
        self._types[query.query] = types
        return types

    def _run_prepared(self, key: _Key, query: KnowingQuery) -> PGresult:
        name = self._names.get(key) or self._prepare(key)
        return self._checked(self._libpq.exec_prepared(name, query.params, query.formats))

    def _prepare(self, key: _Key) -> bytes:
        if len(self._names) >= _MOST_PREPARED:
            self._give_up()
        while self._stale and not self._is_in_transaction:  # one that is gone already would abort it
            self._libpq.exec_(b"DEALLOCATE " + self._stale.pop())
        self._made += 1
        name = b"portal_%d" % self._made
        self._checked(self._libpq.prepare(name, *key))
        self._names[key] = name
        return name

    def _give_up(self) -> None:
        self._stale += self._names.values()
        self._names.clear()

    @property
    def _is_in_transaction(self) -> bool:
        return bool(self._libpq.transaction_status != TransactionStatus.IDLE)

    @property
    def _libpq(self) -> Any:  # noqa: ANN401 - psycopg's own wrapper, in C or in Python
        libpq = self._connection.pgconn
        if libpq.status != ConnStatus.OK:
            raise OperationalError("the connection is lost")
        return libpq

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            return result
        if self._connection.pgconn.status != ConnStatus.OK:
            raise OperationalError("the connection was lost while it waited for an answer")
        raise errors.error_from_result(result, encoding="utf-8")
