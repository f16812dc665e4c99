"""What can be wrong with a look into the memory of the house."""

from portal.infra.errors import Conflict, NotFound


class EntryNotFound(NotFound):
    """There is no such entry."""

    code = "audit_entry_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such entry in the audit log.")


class MailNotFound(NotFound):
    """The outbox has no such mail."""

    code = "mail_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such mail in the outbox.")


class MailSealed(Conflict):
    """The mail is there and can't be opened."""

    code = "mail_sealed"

    def __init__(self) -> None:
        super().__init__(
            "This mail was sealed under another master key (PORTAL_MASTER_KEY), so it can't be opened here."
        )
