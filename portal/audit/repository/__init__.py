"""Questions to the audit log. Every one of them is bounded: a page, a count with a ceiling, thirty days."""

from portal.audit.models import SavedView
from portal.audit.repository.chain_state import ChainState, chain_state
from portal.audit.repository.days import DayCount
from portal.audit.repository.entries import COUNT_CEILING, AuditEntries
from portal.audit.repository.filters import AuditFilter
from portal.audit.repository.opening import Entry, EntrySubject, EntryToken
from portal.audit.repository.reasons import MOST_OPENED, page_by_reason, with_reason
from portal.audit.repository.views import SavedViews

AuditLog = Entry

__all__ = [
    "COUNT_CEILING",
    "MOST_OPENED",
    "AuditEntries",
    "AuditFilter",
    "AuditLog",
    "ChainState",
    "DayCount",
    "Entry",
    "EntrySubject",
    "EntryToken",
    "SavedView",
    "SavedViews",
    "chain_state",
    "page_by_reason",
    "with_reason",
]
