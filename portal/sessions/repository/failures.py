"""Questions about wrong passwords."""

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Insert, Integer, String, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Database

from portal.infra.db import UtcDateTime
from portal.infra.prepared import Prepared
from portal.infra.repository import FORGET_AT_ONCE, forget_some
from portal.sessions.models import FailureCount

_KEY: Final = bindparam("of", type_=String())
_SCOPE: Final = bindparam("at_door", type_=String())


class FailureCounts:
    """Wrong passwords in a row. The row stays locked from the count until the end of the unit, so no try slips by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_try(self, key: str, scope: str, *, at: datetime, most: int) -> int | None:
        """Count a try before it is judged, as if it failed; its number, or None while it may not be judged."""
        count = _take_try(self._database.get_bind().dialect.name)
        number: int | None = count.scalar(
            self._database, {"of": key, "at_door": scope, "at": at, "most": most}
        )
        return number

    def lock(self, key: str, scope: str, *, until: datetime) -> None:
        self._database.execute(update(FailureCount).where(*_counter(key, scope)).values(locked_until=until))

    def get(self, key: str, scope: str) -> FailureCount | None:
        return self._database.scalar(select(FailureCount).where(*_counter(key, scope)))

    def forget(self, key: str, scope: str | None = None) -> None:
        """After a success in this scope, or a recovery, which is one in all of them."""
        if scope:
            _FORGET.run(self._database, {"of": key, "at_door": scope})
        else:
            self._database.execute(delete(FailureCount).where(FailureCount.key == key))

    def forget_before(self, at: datetime, *, below: int, most: int = FORGET_AT_ONCE) -> int:
        stale = (FailureCount.last_failure_at < at, FailureCount.failures < below)
        return forget_some(self._database, FailureCount.key, *stale, most=most)


@cache
def _take_try(dialect: str) -> Prepared:
    at = bindparam("at", type_=UtcDateTime())
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(FailureCount)
    first = insert.values(key=_KEY, scope=_SCOPE, failures=1, last_failure_at=at)
    counted: Insert = first.on_conflict_do_update(
        index_elements=[FailureCount.key, FailureCount.scope],
        set_={"failures": FailureCount.failures + 1, "last_failure_at": at},
        where=or_(FailureCount.locked_until.is_(None), FailureCount.locked_until <= at)
        & (FailureCount.failures < bindparam("most", type_=Integer())),
    )
    return Prepared(counted.returning(FailureCount.failures))


def _counter(
    key: str | ColumnElement[str], scope: str | ColumnElement[str]
) -> tuple[ColumnElement[bool], ...]:
    return FailureCount.key == key, FailureCount.scope == scope


_FORGET: Final = Prepared(delete(FailureCount).where(*_counter(_KEY, _SCOPE)))
