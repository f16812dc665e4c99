"""Statements of PostgreSQL by libpq's own call."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import User
from portal.infra import postgresql_direct
from portal.infra.db import direct_way, make_engine
from portal.infra.postgresql_direct import Direct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.support.databases import Databases


@pytest.fixture
def engine(databases: Databases, tmp_path: Path) -> Iterator[Engine]:
    with databases.fresh("postgresql", tmp_path) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture
def driver(engine: Engine) -> Iterator[psycopg.Connection]:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver


def test_values_of_every_kind_go_there_and_back(driver: psycopg.Connection) -> None:
    direct = Direct(driver)
    question = "SELECT %(a)s::text, %(b)s::bigint, %(c)s::bytea, %(d)s::text[], %(a)s::text || '%%'"
    for given in (
        {"a": "ä ' \" % :x", "b": 2**40, "c": b"\0\xff", "d": ["x", None]},
        {"a": "", "b": -1, "c": b"", "d": []},
        {"a": None, "b": None, "c": None, "d": None},
    ):
        answer = driver.execute(question, given).fetchall()
        assert direct.ask(question, given) == answer
    assert direct.ask("CREATE TEMPORARY TABLE nothing (x int)", {}) == ()


def test_gaps_prepare_nothing_anew(driver: psycopg.Connection) -> None:
    direct = Direct(driver)
    for a, b in ((1, "x"), (None, "x"), (1, None), (None, None)):
        assert direct.ask("SELECT %(a)s::int, %(b)s::text", {"a": a, "b": b}) == [(a, b)]
    assert _prepared(driver) == 1


def test_a_connection_keeps_so_many_and_no_more(
    driver: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_direct, "_MOST_PREPARED", 3)
    direct = Direct(driver)
    for _ in range(2):
        for number in range(5):
            assert direct.ask(f"SELECT {number}::int, %(a)s::text", {"a": "x"}) == [(number, "x")]
            assert _prepared(driver) <= 3


def test_what_is_prepared_outlives_what_cursors_forget(driver: psycopg.Connection) -> None:
    """After a ROLLBACK psycopg would deallocate everything on the connection."""
    direct = Direct(driver)
    assert direct.ask("SELECT %(a)s::int", {"a": 1}) == [(1,)]
    for number in range(3):
        driver.execute("SELECT %s::text", ["x"], prepare=True)
        driver.execute("BEGIN")
        driver.execute("SELECT %s::bigint", [number], prepare=True)
        driver.execute("ROLLBACK", prepare=True)
        assert driver.execute("SELECT %s::text", ["y"], prepare=True).fetchall() == [("y",)]
        assert direct.ask("SELECT %(a)s::int", {"a": number}) == [(number,)]
    assert _prepared(driver) == 1
    named = driver.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '\\_pg3%'").fetchone()
    assert named is not None
    assert named[0] <= 2


@pytest.mark.parametrize("change", [b"DEALLOCATE ALL", b"ALTER TABLE kept ALTER COLUMN a TYPE text"])
def test_what_no_longer_works_is_prepared_anew(driver: psycopg.Connection, change: bytes) -> None:
    """A release goes on serving while the next one changes the schema."""
    direct, question = Direct(driver), "SELECT kept.a::text, kept.a FROM kept WHERE %(a)s::int = 1"
    direct.run(b"CREATE TEMPORARY TABLE kept AS SELECT 7::int AS a")
    assert direct.ask(question, {"a": 1}) == [("7", 7)]
    direct.run(change)
    assert [row[0] for row in direct.ask(question, {"a": 1})] == ["7"]
    assert _prepared(driver) == 1


def test_in_a_transaction_it_is_the_next_that_works(driver: psycopg.Connection) -> None:
    direct = Direct(driver)
    direct.ask("SELECT %(a)s::int", {"a": 1})
    direct.run(b"DEALLOCATE ALL")
    direct.run(b"BEGIN")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        direct.ask("SELECT %(a)s::int", {"a": 1})
    direct.run(b"ROLLBACK")
    direct.run(b"BEGIN")
    assert direct.ask("SELECT %(a)s::int", {"a": 1}) == [(1,)]
    direct.run(b"COMMIT")


def test_errors_are_of_the_same_class_as_a_cursors(driver: psycopg.Connection) -> None:
    direct = Direct(driver)
    with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
        direct.ask("SELECT 1 / %(a)s::int", {"a": 0})
    with pytest.raises(psycopg.errors.UndefinedTable):
        direct.ask("SELECT * FROM nowhere WHERE x = %(a)s::int", {"a": 0})
    direct.run(b"SET statement_timeout = 50")
    with pytest.raises(psycopg.errors.QueryCanceled):
        direct.ask("SELECT pg_sleep(%(a)s::int)", {"a": 20})
    assert direct.ask("SELECT %(a)s::int", {"a": 1}) == [(1,)]


@pytest.mark.parametrize("statement", [b"BEGIN", None])
def test_a_connection_that_was_lost_says_so(engine: Engine, statement: bytes | None) -> None:
    with engine.connect() as connection, engine.connect() as other:
        direct = direct_way(connection)
        process = direct.ask("SELECT pg_backend_pid()", {})[0][0]
        other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        for _ in range(2):
            with pytest.raises(psycopg.OperationalError, match="connection"):
                direct.run(statement) if statement else direct.ask("SELECT %(a)s::int", {"a": 1})


def test_a_unit_that_begins_on_a_lost_connection_fails_once(engine: Engine) -> None:
    with engine.connect() as connection, engine.connect() as other:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.commit()
        other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        with pytest.raises(DBAPIError) as gone:
            connection.scalar(select(User.id))
        assert gone.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.scalar(select(User.id)) is None


def test_other_threads_go_on_while_one_waits(driver: psycopg.Connection) -> None:
    has_begun, is_over, counted = Event(), Event(), 0

    def wait() -> None:
        has_begun.set()
        Direct(driver).run(b"SELECT pg_sleep(0.3)")
        is_over.set()

    waiting = Thread(target=wait)
    waiting.start()
    has_begun.wait(5)
    while not is_over.is_set():
        counted += 1
    waiting.join(5)
    assert counted > 1000


def _prepared(driver: psycopg.Connection) -> int:
    row = driver.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'portal_%'").fetchone()
    assert row is not None
    return int(row[0])
