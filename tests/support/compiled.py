"""Statements, compiled once in a process: a portal serves for weeks, but tests make one engine after the other."""

from typing import Final

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

ROOM: Final = 2_000

_dialects: Final[dict[tuple[object, ...], Dialect]] = {}
_statements: Final[LRUCache[object, object]] = LRUCache(ROOM)


def keep_statements() -> None:
    """From now on, for all engines of this process."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    """Statements are kept under the dialect that compiled them, so engines that speak alike share theirs too."""
    engine = connection.engine
    if engine._compiled_cache is not _statements:
        engine._compiled_cache = _statements  # type: ignore[assignment]
        engine.dialect = connection.dialect = _dialects.setdefault(_kind(engine.dialect), engine.dialect)


def _kind(dialect: Dialect) -> tuple[object, ...]:
    """Its class, and whatever it was told."""
    told = {
        name: option
        for name, option in vars(dialect).items()
        if option is None or isinstance(option, str | int | tuple)
    }
    return (type(dialect), *sorted(told.items(), key=lambda pair: pair[0]))
