"""Cursors of PostgreSQL that know what a statement answers with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from portal.infra.db import make_engine
from tests.support.databases import Databases


def test_each_statement_is_described_as_its_own(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path, prepared=False) as url, _connected(url) as connection:
        for _ in range(2):
            assert connection.execute(text("SELECT 1 AS a, 'x' AS b")).mappings().one() == {"a": 1, "b": "x"}
            assert connection.execute(text("SELECT 'y' AS b, 2 AS c")).mappings().one() == {"b": "y", "c": 2}
        described = [connection.exec_driver_sql("SELECT 1 AS a, 2 AS b").cursor.description for _ in range(2)]
        assert described[0] is described[1]
        assert [column[0] for column in described[0]] == ["a", "b"]
        assert not connection.exec_driver_sql("SET lock_timeout = 1000").returns_rows


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
