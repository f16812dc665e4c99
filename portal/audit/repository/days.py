"""How much happened on each day (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Integer, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.audit.models import AuditLog
from portal.audit.repository.filters import AuditFilter, matching

CHART_DAYS: Final = 30
_DAY: Final = timedelta(days=1)
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class DayCount:
    """What happened on one day (UTC)."""

    day: date
    succeeded: int
    failed: int


def per_day(session: Session, *, at: datetime, days: int, actions: tuple[str, ...]) -> Sequence[DayCount]:
    """One count for each of the last days up to today, days without an entry included."""
    days = min(days, CHART_DAYS)
    today = at.astimezone(UTC).date()
    first = today - (days - 1) * _DAY
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    number = _DayNumber(AuditLog.created_at)
    failed = func.sum(case((AuditLog.outcome == "failure", 1), else_=0))
    wanted = AuditFilter(since=midnight, actions=actions)
    query = matching(wanted, select(number, func.count(), failed)).group_by(number)
    counted: Mapping[int, tuple[int, int]] = {
        int(day): (int(total), int(fails)) for day, total, fails in session.execute(query)
    }
    return [
        DayCount(day, total - fails, fails)
        for day in (first + offset * _DAY for offset in range(days))
        for total, fails in [counted.get((day - _EPOCH).days, (0, 0))]
    ]


class _DayNumber(FunctionElement[int]):
    """Whole days since 1970 of an instant, in UTC; the two databases keep instants differently."""

    type = Integer()
    inherit_cache = True
    name = "day_number"


@compiles(_DayNumber, "sqlite")
def _on_sqlite(element: _DayNumber, compiler: SQLCompiler, **kw: object) -> str:
    return f"({compiler.process(element.clauses, **kw)} / 86400000000)"


@compiles(_DayNumber, "postgresql")
def _on_postgresql(element: _DayNumber, compiler: SQLCompiler, **kw: object) -> str:
    return f"floor(extract(epoch FROM {compiler.process(element.clauses, **kw)}) / 86400)::integer"
