"""The history of one row, read from the log: what is needed to say how it was, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.admin.history.blueprint import NoHistory
from portal.admin.history.present import Present, present_of
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.audit.rules import AsOf, Happened, Timeline, actions_about, actions_of_neighbours
from portal.audit.rules.personal import ERASED
from portal.infra.events import Ref

MOST_ENTRIES: Final = 5000
"""How many changes of a row are undone for a look; a moment that lies further back is refused, not guessed."""
_BATCH: Final = 500


@dataclass(frozen=True)
class History:
    """A row, living or gone, and its way through time."""

    ref: Ref
    present: Present | None
    timeline: Timeline
    begins_at: datetime | None
    reaches_back_to: datetime | None
    """Older entries than this one were not read: it has changed more often than a page can undo."""
    last_erased_at: datetime | None
    """The newest change of which nothing is left but that it happened: its person was erased."""

    def as_of(self, at: datetime) -> AsOf:
        """What is known of the row at a moment. A change that was erased can't be undone, so before it nothing is."""
        known = self.timeline.as_of(at)
        if self.last_erased_at is not None and at < self.last_erased_at:
            return replace(known, state=None, doubtful=frozenset(), is_erased=True)
        return known


def history_of(session: Session, kind: str, row_id: UUID) -> History:
    """All that is known of the row.

    Raises:
        NoHistory: nothing is.
    """
    present = present_of(session, kind, row_id)
    entries = AuditEntries(session)
    own, is_all = _read(entries, AuditFilter(subject_id=row_id, actions=actions_about(kind)))
    if present is None and not own:
        raise NoHistory
    ref = present.ref if present is not None else _last_name(kind, row_id, own)
    begins_at = entries.begins_at()
    oldest = own[-1].created_at if own else begins_at
    neighbours, knows_all = (
        _read(entries, AuditFilter(actions=actions_of_neighbours(kind), since=oldest)) if own else ([], True)
    )
    reaches_back_to = None
    if not is_all or not knows_all:
        reaches_back_to = max(found[-1].created_at for found in (own, neighbours) if found)
    happened = {entry.id: _happened(entry) for entry in (*own, *neighbours)}
    timeline = Timeline(
        ref,
        present=present.state if present is not None else None,
        happened=happened.values(),
        begins_at=max(filter(None, (begins_at, reaches_back_to)), default=None),
    )
    erased = (entry.created_at for entry in own if _says_nothing_of(row_id, entry))
    return History(ref, present, timeline, begins_at, reaches_back_to, next(erased, None))


def _read(entries: AuditEntries, wanted: AuditFilter) -> tuple[list[Entry], bool]:
    """The newest of these entries, and whether they are all."""
    found: list[Entry] = []
    place = None
    while len(found) < MOST_ENTRIES:
        page = entries.page(wanted, before=place, size=_BATCH)
        found.extend(page.items)
        place = page.older
        if place is None:
            return found, True
    return found, False


def _says_nothing_of(row_id: UUID, entry: Entry) -> bool:
    """Whether the row's own values are gone from it. An erased actor, or neighbour, takes none of them along."""
    return any(row.resource_id == row_id and row.resource_label == ERASED for row in entry.subjects)


def _happened(entry: Entry) -> Happened:
    return Happened(
        id=entry.id,
        at=entry.created_at,
        action=entry.action,
        touched=[Ref(row.resource_type, row.resource_id, row.resource_label) for row in entry.subjects],
        before=entry.before_state,
        after=entry.after_state,
    )


def _last_name(kind: str, row_id: UUID, entries: Sequence[Entry]) -> Ref:
    """What the row was called when it was last heard of."""
    labels = (row.resource_label for entry in entries for row in entry.subjects if row.resource_id == row_id)
    return Ref(kind, row_id, next(labels, ""))
