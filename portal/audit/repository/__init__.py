"""Questions to the audit log. Every one of them is bounded: a page, a count with a ceiling, thirty days."""

from portal.audit.models import AuditLog
from portal.audit.repository.days import DayCount
from portal.audit.repository.entries import COUNT_CEILING, AuditEntries
from portal.audit.repository.filters import AuditFilter

__all__ = ["COUNT_CEILING", "AuditEntries", "AuditFilter", "AuditLog", "DayCount"]
