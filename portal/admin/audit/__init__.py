"""The audit log: a chart, filters, entries with what was before and after, saved views, exports."""

from portal.admin.audit import exports, listing, views
from portal.admin.audit.blueprint import audit
from portal.admin.audit.chart import bars, finding, per_day, ticks

__all__ = ["audit", "bars", "exports", "finding", "listing", "per_day", "ticks", "views"]
