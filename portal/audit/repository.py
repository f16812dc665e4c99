"""Questions to the audit log. Every one of them is bounded: a page, a count with a ceiling, thirty days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Tuple,
    Uuid,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.audit.errors import EntryNotFound
from portal.audit.models import AuditLog, AuditSubject
from portal.infra.db import UtcDateTime
from portal.infra.events import Outcome
from portal.infra.repository import PAGE_SIZE, Page

__all__ = ["AuditEntries", "AuditFilter", "AuditLog", "DayCount"]

Row = TypeVarTuple("Row")

COUNT_CEILING: Final = 1000
CHART_DAYS: Final = 30
_DAY: Final = timedelta(days=1)
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which entries to read; what is None does not matter."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    """Any row that the entry touched, not only the first."""
    actions: tuple[str, ...] = ()
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    session_id: UUID | None = None
    text: str = ""
    """Part of a name, or a whole address, action or request id."""


@dataclass(frozen=True)
class DayCount:
    """What happened on one day (UTC)."""

    day: date
    succeeded: int
    failed: int


class AuditEntries:
    """The memory of the house, newest first. There is no way here to change an entry."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, entry_id: UUID) -> AuditLog:
        """One entry with all rows it touched.

        Raises:
            EntryNotFound: no such entry.
        """
        entry = self._session.get(AuditLog, entry_id, options=[selectinload(AuditLog.subjects)])
        if entry is None:
            raise EntryNotFound
        return entry

    def page(
        self,
        wanted: AuditFilter | None = None,
        *,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[AuditLog]:
        """`before` goes on to older entries, `after` back to newer ones."""
        wanted = wanted or AuditFilter()
        query = _matching(wanted, select(AuditLog)).options(selectinload(AuditLog.subjects))
        at, row_id = _order(wanted)
        cursor = self._place_of(after or before)
        if after is not None and cursor is not None:
            forward = query.where(tuple_(at, row_id) > cursor).order_by(at, row_id)
            found = list(self._session.scalars(forward.limit(size + 1)))
            items = found[:size][::-1]
            return Page(
                items,
                older=items[-1].id if items else None,
                newer=items[0].id if len(found) > size else None,
            )
        onward = query if cursor is None else query.where(tuple_(at, row_id) < cursor)
        found = list(self._session.scalars(onward.order_by(at.desc(), row_id.desc()).limit(size + 1)))
        items = found[:size]
        return Page(
            items,
            older=items[-1].id if len(found) > size else None,
            newer=items[0].id if cursor is not None and items else None,
        )

    def count(self, wanted: AuditFilter) -> int:
        """How many entries match, counting no further than `COUNT_CEILING` + 1."""
        some = _matching(wanted, select(AuditLog.id)).limit(COUNT_CEILING + 1).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) or 0

    def per_day(
        self, *, at: datetime, days: int = CHART_DAYS, actions: tuple[str, ...] = ()
    ) -> Sequence[DayCount]:
        """One count for each of the last days up to today, days without an entry included."""
        days = min(days, CHART_DAYS)
        today = at.astimezone(UTC).date()
        first = today - (days - 1) * _DAY
        midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
        number = _DayNumber(AuditLog.created_at)
        failed = func.sum(case((AuditLog.outcome == "failure", 1), else_=0))
        wanted = AuditFilter(since=midnight, actions=actions)
        query = _matching(wanted, select(number, func.count(), failed)).group_by(number)
        counted: Mapping[int, tuple[int, int]] = {
            int(day): (int(total), int(fails)) for day, total, fails in self._session.execute(query)
        }
        return [
            DayCount(day, total - fails, fails)
            for day in (first + offset * _DAY for offset in range(days))
            for total, fails in [counted.get((day - _EPOCH).days, (0, 0))]
        ]

    def _place_of(self, entry_id: UUID | None) -> Tuple | None:
        """Where an entry stands in the order of reading; a cursor that nobody knows is no cursor."""
        if entry_id is None:
            return None
        at = self._session.scalar(select(AuditLog.created_at).where(AuditLog.id == entry_id))
        return None if at is None else tuple_(literal(at, UtcDateTime()), literal(entry_id, Uuid()))


def _order(wanted: AuditFilter) -> tuple[ColumnElement[datetime], ColumnElement[UUID]]:
    """The columns of the index that leads: the subjects' own, where a subject is asked for."""
    if wanted.subject_id is not None:
        return AuditSubject.created_at.expression, AuditSubject.entry_id.expression
    return AuditLog.created_at.expression, AuditLog.id.expression


def _matching(wanted: AuditFilter, query: Select[*Row]) -> Select[*Row]:
    at, _ = _order(wanted)
    if wanted.subject_id is not None:
        query = query.join(AuditSubject, AuditSubject.entry_id == AuditLog.id)
        query = query.where(AuditSubject.resource_id == wanted.subject_id)
    if wanted.since is not None:
        query = query.where(at >= wanted.since)
    if wanted.until is not None:
        query = query.where(at < wanted.until)
    if wanted.actor_id is not None:
        query = query.where(AuditLog.actor_id == wanted.actor_id)
    if wanted.session_id is not None:
        query = query.where(AuditLog.session_id == wanted.session_id)
    if wanted.actions:
        query = query.where(AuditLog.action.in_(wanted.actions))
    if wanted.outcome == "failure":
        # spelt out, because SQLite takes a partial index only where its condition stands in the statement
        query = query.where(AuditLog.outcome == literal_column("'failure'"))
    elif wanted.outcome is not None:
        query = query.where(AuditLog.outcome == wanted.outcome)
    text = wanted.text.strip()
    return query.where(_speaks_of(text)) if text else query


def _speaks_of(text: str) -> ColumnElement[bool]:
    folded = text.lower()
    return or_(
        func.lower(AuditLog.actor_label).contains(folded, autoescape=True),
        func.lower(AuditLog.resource_label).contains(folded, autoescape=True),
        func.lower(AuditLog.reason).contains(folded, autoescape=True),
        AuditLog.ip == text,
        AuditLog.request_id == text,
        AuditLog.action == text,
    )


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
