"""What can be wrong with a question to the audit log."""

from portal.infra.errors import NotFound


class EntryNotFound(NotFound):
    """There is no such entry."""

    code = "audit_entry_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such entry in the audit log.")
