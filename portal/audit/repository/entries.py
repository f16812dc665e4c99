"""The entries themselves, newest first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Tuple, Uuid, func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from portal.audit.errors import EntryNotFound
from portal.audit.models import AuditLog
from portal.audit.repository.days import CHART_DAYS, DayCount, per_day
from portal.audit.repository.filters import AuditFilter, matching, order
from portal.audit.repository.opening import Entry, opened, personal_keys
from portal.infra.db import UtcDateTime
from portal.infra.repository import PAGE_SIZE, Page

COUNT_CEILING: Final = 1000


class AuditEntries:
    """The memory of the house, newest first. There is no way here to change an entry."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, entry_id: UUID) -> Entry:
        """One entry with all rows it touched.

        Raises:
            EntryNotFound: no such entry.
        """
        entry = self._session.get(AuditLog, entry_id, options=[selectinload(AuditLog.subjects)])
        if entry is None:
            raise EntryNotFound
        return opened(self._session, [entry])[0]

    def page(
        self,
        wanted: AuditFilter | None = None,
        *,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[Entry]:
        """`before` goes on to older entries, `after` back to newer ones."""
        wanted = self._found_by_address(wanted or AuditFilter())
        query = matching(wanted, select(AuditLog)).options(selectinload(AuditLog.subjects))
        at, row_id = order(wanted)
        cursor = self._place_of(after or before)
        if after is not None and cursor is not None:
            forward = query.where(tuple_(at, row_id) > cursor).order_by(at, row_id)
            found = list(self._session.scalars(forward.limit(size + 1)))
            items = found[:size][::-1]
            return Page(
                opened(self._session, items),
                older=items[-1].id if items else None,
                newer=items[0].id if len(found) > size else None,
            )
        onward = query if cursor is None else query.where(tuple_(at, row_id) < cursor)
        found = list(self._session.scalars(onward.order_by(at.desc(), row_id.desc()).limit(size + 1)))
        items = found[:size]
        return Page(
            opened(self._session, items),
            older=items[-1].id if len(found) > size else None,
            newer=items[0].id if cursor is not None and items else None,
        )

    def count(self, wanted: AuditFilter, *, most: int = COUNT_CEILING) -> int:
        """How many entries match, counting no further than one more than `most`."""
        wanted = self._found_by_address(wanted)
        some = matching(wanted, select(AuditLog.id)).limit(most + 1).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) or 0

    def begins_at(self) -> datetime | None:
        """The moment of the oldest entry there is; None while there is none."""
        return self._session.scalar(
            select(AuditLog.created_at).order_by(AuditLog.created_at, AuditLog.id).limit(1)
        )

    def per_day(
        self, *, at: datetime, days: int = CHART_DAYS, actions: tuple[str, ...] = ()
    ) -> Sequence[DayCount]:
        """One count for each of the last days up to today, days without an entry included."""
        return per_day(self._session, at=at, days=days, actions=actions)

    def _found_by_address(self, wanted: AuditFilter) -> AuditFilter:
        """Addresses are sealed; what can be asked for is their keyed digest."""
        address = wanted.ip or wanted.text.strip()
        if not address:
            return wanted
        return replace(wanted, ip_indexes=tuple(personal_keys(self._session).indexes(address)))

    def _place_of(self, entry_id: UUID | None) -> Tuple | None:
        """Where an entry stands in the order of reading; a cursor that nobody knows is no cursor."""
        if entry_id is None:
            return None
        at = self._session.scalar(select(AuditLog.created_at).where(AuditLog.id == entry_id))
        return None if at is None else tuple_(literal(at, UtcDateTime()), literal(entry_id, Uuid()))
