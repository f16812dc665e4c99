"""What the pages of the audit log and of the time machine take, and values that mean something."""

from typing import Final

LOG: Final = (
    "q", "kind", "event", "outcome", "period", "since", "until", "by", "actor", "subject", "session", "client", "ip",
    "request", "reason",
)  # fmt: skip
PAST_FIELDS: Final = {
    "admin_audit.edit": ("name", "is_shared"),
    "admin_audit.export": (*LOG, "format"),
    "admin_audit.listing": (*LOG, "before", "after"),
    "admin_audit.save": (*LOG, "name", "is_shared"),
    "admin_history.restore": ("at", "reason", "seen"),
    "admin_history.timeline": ("at", "compare", "before", "after"),
}
PAST_VALUES: Final = {
    "at": ("2026-01-01T00:00:00Z", "yesterday"),
    "by": ("user", "cli"),
    "client": ("01890000-0000-7000-8000-000000000000", ""),
    "compare": ("2026-01-01", "2099-01-01T00:00"),
    "event": ("user.signed_in", "nothing.happened"),
    "format": ("csv", "jsonl"),
    "ip": ("203.0.113.7", "203.0.113"),
    "is_shared": ("y", ""),
    "reason": ("Spring review", ""),
    "request": ("req_1", ""),
    "seen": ("gone", ""),
    "since": ("2026-01-01T00:00", "9999-12-31T23:59:59+14:00"),
    "until": ("2031-12-24", "0001-01-01T00:00:00-14:00"),
}
