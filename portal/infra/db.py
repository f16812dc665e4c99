"""Engines for SQLite and PostgreSQL, and the declarative base that every feature's models share."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast, dataclass_transform
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Connection, Dialect, Engine, MetaData, Uuid, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session, mapped_column, relationship
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

from portal.infra.sqlite import READ_ONLY, sqlite_engine

if TYPE_CHECKING:
    from portal.infra.postgresql_direct import Direct

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
CONNECT_TIMEOUT_SECONDS = 3
POOL_WAIT_SECONDS = 2
PING_AFTER_IDLE_SECONDS = 5.0
PERSONAL_KEYS = "portal.personal_keys"
"""Where a session carries what opens sealed personal values (`Session.info`), for repositories that read them."""
_DIRECT: Final = "portal_direct"
_IDLE: Final = 0
"""What libpq says of a connection on which no transaction has begun (PQTRANS_IDLE)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_decode: Final = json.JSONDecoder().decode

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. `timestamptz` on PostgreSQL; whole microseconds since 1970 on SQLite, which then compares
    and sorts them exactly.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive datetime can't be stored; use timezone-aware UTC")
        return (
            value.astimezone(UTC)
            if dialect.name == "postgresql"
            else (value - _EPOCH) // timedelta(microseconds=1)
        )

    def process_result_value(
        self,
        value: datetime | int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value else None
        return _EPOCH + timedelta(microseconds=value)


JsonDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def insert_into(asker: Session | Connection, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what to do about a row that is there already, as the database at hand has it."""
    dialect = asker.dialect if isinstance(asker, Connection) else asker.get_bind().dialect
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(mapped_column, relationship)
)  # says to type checkers what the class arguments say to SQLAlchemy
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Rows are compared by identity and have no repr of their own, so that no secret can print itself."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JsonDocument,
        list[str]: JsonDocument,
    }


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """An engine whose waits are all bounded; no connection is opened here, so that a forked worker opens
    its own.
    """
    return sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url, pool_size)


def read_only(engine: Engine) -> Engine:
    """The same pool, for questions only: no write lock on SQLite, no BEGIN and COMMIT round trips on
    PostgreSQL.
    """
    return engine.execution_options(**{READ_ONLY: True})


def sessions_for_questions(engine: Engine) -> Callable[[], Session]:
    """Makes sessions for questions only; use each in a `with` block."""
    asked = read_only(engine)
    return lambda: Session(asked)


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    from portal.infra.postgresql_cursor import KnowingCursor  # noqa: PLC0415 - SQLite needs no psycopg

    limits = {
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "lock_timeout": LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": 2 * STATEMENT_TIMEOUT_MS,
        "timezone": "UTC",
    }
    engine = create_engine(
        url,
        hide_parameters=True,
        json_deserializer=_from_json,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "application_name": "portal",
            # BEGIN is ours: changing this at each checkout and back would cost more than a question does
            "autocommit": True,
            "cursor_factory": KnowingCursor,
        },
    )
    event.listen(engine, "connect", _keep_names_apart)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _remember_use)
    # psycopg takes a lock and waits in Python for these, also where no transaction has begun: as after every question
    engine.dialect.do_commit = _end(b"COMMIT")  # type: ignore[assignment, method-assign]
    engine.dialect.do_rollback = _end(b"ROLLBACK")  # type: ignore[assignment, method-assign]

    @event.listens_for(engine, "checkout")
    def ping_if_idle(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        """Test a connection only when it has rested: a ping at each checkout would cost every request a
        round trip.
        """
        used = entry.info.get("used")
        if used is None or time.monotonic() - used < PING_AFTER_IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as gone:
            raise DisconnectionError("the connection was closed while it rested") from gone

    return engine


def _from_json(text: bytes | str) -> Any:  # noqa: ANN401 - whatever was stored
    """What PostgreSQL sends is UTF-8; `json.loads` would look which encoding it is, each time."""
    return _decode(text.decode() if isinstance(text, bytes) else text)


def direct_way(connection: Connection) -> "Direct":
    """To a PostgreSQL server, for statements that are asked all the time; it stays with what it goes along."""
    found = connection.info.get(_DIRECT) or _new_way(connection.connection)
    return cast("Direct", found)


def _new_way(connection: PoolProxiedConnection) -> "Direct":
    from portal.infra.postgresql_direct import Direct  # noqa: PLC0415 - SQLite needs no psycopg

    made = connection.info[_DIRECT] = Direct(cast(Any, connection.driver_connection))
    return made


def _keep_names_apart(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    from portal.infra.postgresql_direct import OwnNames  # noqa: PLC0415 - as above

    cast(Any, connection)._prepared = OwnNames()  # noqa: SLF001


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(READ_ONLY):
        try:
            direct_way(connection).run(b"BEGIN")
        except Exception as problem:  # noqa: BLE001 - raised again as SQLAlchemy's, which also judges the connection
            connection._handle_dbapi_exception(problem, "BEGIN", None, None, None)  # noqa: SLF001


def _end(how: bytes) -> Callable[[PoolProxiedConnection], None]:
    """COMMIT or ROLLBACK, where a transaction has begun."""

    def end(connection: PoolProxiedConnection) -> None:
        driver = cast(Any, connection.driver_connection)
        if (
            driver.pgconn.transaction_status != _IDLE
        ):  # also of one that was lost: whoever asks it hears of that
            way: Direct = connection.info.get(_DIRECT) or _new_way(connection)
            way.run(how)

    return end


def _remember_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used"] = time.monotonic()
