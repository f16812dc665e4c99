"""What the audit log says, in clear, for tests that ask what was remembered."""

from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.bootstrap import Portal

MANY = 10_000


def history(portal: Portal, *actions: str) -> list[Entry]:
    """Entries of these actions, or all of them, the oldest first."""
    with portal.reading() as session:
        return AuditEntries(session).page(AuditFilter(actions=actions), size=MANY).items[::-1]
