"""SQLite as a server's database: write-ahead log, bounded waits, and writers that take turns."""

import os
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Final, cast

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

READ_ONLY: Final = "portal_read_only"
"""Execution option of an engine that only asks."""
BUSY_TIMEOUT_MS: Final = 5_000
POOL_WAIT_SECONDS: Final = 2
_LOOK_AGAIN_MS: Final = 1
_WRITES: Final = "portal_writes"


class Turns:
    """Lets the writers of one process in by the order in which they came.

    SQLite has one writer, and whoever waits for it sleeps and tries again: with twenty threads some would always
    be late and give up after `BUSY_TIMEOUT_MS`. Other processes are still met that way, but they are few.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_taken = False
        self._waiting: deque[Event] = deque()

    def take(self, *, wait_seconds: float) -> bool:
        """Wait for the turn; False if it did not come in time."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = Event()
            self._waiting.append(turn)
        if turn.wait(wait_seconds):
            return True
        with self._lock:
            if turn.is_set():  # it came just now
                return True
            self._waiting.remove(turn)
            return False

    def give(self) -> None:
        """To the one who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


def sqlite_engine(url: str, *, wait_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """The engine for a file. Its transactions write, unless the option `READ_ONLY` says otherwise."""
    # hide_parameters: an IntegrityError must not carry a row with its hashes into a log (CVE-2023-34110)
    engine = create_engine(
        url, hide_parameters=True, pool_size=20, max_overflow=0, pool_timeout=POOL_WAIT_SECONDS
    )
    turns = Turns()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """A writer takes its lock at once: an upgrade in mid-transaction fails, and can't be retried."""
        if connection.get_execution_options().get(READ_ONLY):
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get(_WRITES):  # who begins again without having left has the turn still
            connection.info[_WRITES] = turns.take(wait_seconds=wait_ms / 1000)
        if not _begin_writing(
            cast(sqlite3.Connection, connection.connection.dbapi_connection), wait_ms=wait_ms
        ):
            connection.exec_driver_sql(
                "BEGIN IMMEDIATE"
            )  # fails, and so says it as every other statement does

    @event.listens_for(engine, "checkin")
    def give_turn(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        """Only after the commit is on the disk, and whatever went wrong before it."""
        if entry.info.pop(_WRITES, False):
            turns.give()

    event.listen(engine, "do_connect", _keep_to_owner)
    event.listen(engine, "connect", _prepare)
    return engine


def _keep_to_owner(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Sequence[object], _named: object
) -> None:
    """SQLite would make a file that everybody on the machine may read; its log and its index take the file's rights."""
    name = str(arguments[0])
    if not name.startswith((":", "file:")) and not Path(name).exists():
        with suppress(OSError):  # what is wrong with it, SQLite says
            os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _begin_writing(connection: sqlite3.Connection, *, wait_ms: int) -> bool:
    """Take the writer's lock from the other processes; False if it did not become free in time.

    Left to itself, SQLite sleeps up to 100 ms between two looks while the lock comes and goes in 5: two busy
    processes did 85 transactions a second that way, and 240 by looking every millisecond.
    """
    give_up_at = monotonic() + wait_ms / 1000
    connection.execute(f"PRAGMA busy_timeout={_LOOK_AGAIN_MS}")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as busy:
                if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                    return False
            else:
                return True
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("this engine is for SQLite")
    connection.isolation_level = None  # BEGIN is ours
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged sign-up survives a power cut
        "foreign_keys=ON",
        "cache_size=-8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
