"""Looking for words in reasons. People type them, so they stand sealed: no index knows what they say."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from portal.audit.repository.entries import AuditEntries
from portal.audit.repository.filters import AuditFilter
from portal.audit.repository.opening import Entry
from portal.infra.repository import PAGE_SIZE, Page

MOST_OPENED: Final = 2000
"""So many entries are opened for one page; the next page goes on from there."""
_BATCH: Final = 500


def page_by_reason(
    entries: AuditEntries, wanted: AuditFilter, *, before: UUID | None = None, size: int = PAGE_SIZE
) -> Page[Entry]:
    """The newest entries whose reason has these words, among those that the rest of the filter finds. `older` goes on
    even where a page has fewer, or none: there may be more behind what was looked through.
    """
    rest, found, place = replace(wanted, reason=""), list[Entry](), before
    for _ in range(MOST_OPENED // _BATCH):
        page = entries.page(rest, before=place, size=_BATCH)
        for entry in with_reason(page.items, wanted.reason):
            found.append(entry)
            if len(found) == size:
                return Page(found, older=entry.id)
        place = page.older
        if place is None:
            return Page(found)
    return Page(found, older=place)


def with_reason(entries: Sequence[Entry], words: str) -> list[Entry]:
    """Those whose reason has these words, in whatever case."""
    folded = words.casefold()
    return [entry for entry in entries if folded in (entry.reason or "").casefold()]
