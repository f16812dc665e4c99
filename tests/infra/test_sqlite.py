"""Writers of SQLite: each gets its turn, in order, and nobody waits for ever."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.infra.db import make_engine, read_only
from portal.infra.sqlite import BUSY_TIMEOUT_MS, Turns, sqlite_engine


def test_only_its_owner_may_read_the_database(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    engine = sqlite_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert modes == {"portal.db": 0o600, "portal.db-wal": 0o600, "portal.db-shm": 0o600}


def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()
    assert turns.take(wait_seconds=1)

    def write(number: int) -> None:
        turns.take(wait_seconds=10)
        order.append(number)
        turns.give()

    threads = []
    for number in range(8):
        thread = Thread(target=write, args=(number,))
        thread.start()
        while len(turns._waiting) <= number:  # bounded: the thread has nothing to do but queue up
            pass
        threads.append(thread)
    turns.give()
    for thread in threads:
        thread.join(10)
    assert order == list(range(8))


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    turns = Turns()
    assert turns.take(wait_seconds=1)
    assert not turns.take(wait_seconds=0.01)
    turns.give()
    assert turns.take(wait_seconds=0.01)


def test_forty_writers_are_all_served(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/many.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (n INTEGER)"))

    def write(number: int) -> None:
        for _ in range(5):
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO notes VALUES (:n)"), {"n": number})

    with ThreadPoolExecutor(15) as writers:
        list(writers.map(write, range(40)))
    with read_only(engine).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM notes")) == 200
    engine.dispose()


def test_a_failed_writer_gives_its_turn_too(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/fail.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE once (n INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO once VALUES (1)"))
    for _ in range(3):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text("INSERT INTO once VALUES (1)"))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO once VALUES (2)"))
    engine.dispose()


def test_one_connection_writes_several_times_in_its_turn(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/again.db")
    began = monotonic()
    with engine.connect() as connection:
        for words in ("CREATE TABLE notes (n INTEGER)", "INSERT INTO notes VALUES (1)"):
            with connection.begin():
                connection.execute(text(words))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (2)"))
    engine.dispose()
    assert monotonic() - began < BUSY_TIMEOUT_MS / 1000, (
        "it waited for itself, or others for what it never gave"
    )


def test_a_writer_of_another_process_is_waited_for_in_short_looks(tmp_path: Path) -> None:
    """SQLite would have slept longer and longer; every look in between is one `BEGIN IMMEDIATE`."""
    path = tmp_path / "shared.db"
    engine = make_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (n INTEGER)"))
    stranger = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    stranger.execute("BEGIN IMMEDIATE")
    looks = list[str]()

    def watch(statement: str) -> None:
        looks.append(statement)
        if looks.count("BEGIN IMMEDIATE") == 20:
            stranger.execute("COMMIT")

    with engine.connect() as connection:
        raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        raw.set_trace_callback(watch)
        connection.execute(text("INSERT INTO notes VALUES (1)"))
        connection.commit()
        assert raw.execute("PRAGMA busy_timeout").fetchone() == (BUSY_TIMEOUT_MS,)
        raw.set_trace_callback(None)
    stranger.close()
    engine.dispose()
    assert looks.count("BEGIN IMMEDIATE") == 20


def test_a_writer_who_never_ends_is_not_waited_for_without_end(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    engine = sqlite_engine(f"sqlite:///{path}", wait_ms=50)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (n INTEGER)"))
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), engine.begin() as connection:
        connection.execute(text("INSERT INTO notes VALUES (1)"))
    stranger.close()
    engine.dispose()
