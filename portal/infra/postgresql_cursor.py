"""Cursors of PostgreSQL that read a statement, and describe the columns of its answers, once: psycopg does both anew at
each execution of a long one, in a quarter of the time that a question with many columns takes.

What columns a text of SQL answers with changes only with the schema, which changes only between releases; every
statement here names its columns.
"""

from functools import lru_cache
from typing import Any, Final

from psycopg import Column, Cursor
from psycopg._queries import PostgresQuery, _query2pg_nocache  # pinned by the lock, and held by tests/infra

_MOST_KEPT: Final = 4096
_LONGEST_KEPT: Final = 16_384
"""What is longer is a list of many values, and never comes again."""
_described: Final[dict[tuple[str, int], list[Column]]] = {}
_read: Final = lru_cache(maxsize=1024)(_query2pg_nocache)


class KnowingQuery(PostgresQuery):
    """A statement whose places for parameters were found when it first came."""

    __slots__ = ()

    def convert(self, query: Any, vars: Any) -> None:  # noqa: A002, ANN401 - as psycopg has them
        if vars is None or not isinstance(query, str) or len(query) > _LONGEST_KEPT:
            super().convert(query, vars)
            return
        encoding = self._tx.encoding
        self.query, self._want_formats, self._order, self._parts = _read(query.encode(encoding), encoding)
        self.dump(vars)


class KnowingCursor(Cursor[Any]):
    """A cursor for whole statements, each answered at once."""

    _query_cls = KnowingQuery
    _asked: str | None = None

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> "KnowingCursor":  # noqa: ANN401 - as psycopg takes them
        self._asked = query if isinstance(query, str) else None
        return super().execute(query, *args, **kwargs)

    @property
    def description(self) -> list[Column] | None:
        answer = self.pgresult
        if self._asked is None or answer is None or not answer.nfields:
            return super().description
        key = (self._asked, answer.nfields)
        found = _described.get(key)
        if found is None:
            found = super().description or []
            if len(_described) < _MOST_KEPT:
                _described[key] = found
        return found
