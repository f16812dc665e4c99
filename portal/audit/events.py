"""What is worth remembering although nothing changed."""

from portal.infra.events import Event


class MailRead(Event):
    """An operator read somebody else's mail in the outbox. It may hold a link that lets its reader in."""

    label = "mail.read"


class LogExported(Event):
    """Somebody took entries out of the portal; `details` has the filter, the format and how many there were."""

    label = "audit.exported"


class ViewSaved(Event):
    """A filter of the log is kept under a name."""

    label = "audit.view_saved"


class ViewEdited(Event):
    """A saved filter has another name, or other people see it."""

    label = "audit.view_edited"


class ViewDeleted(Event):
    """A saved filter is gone."""

    label = "audit.view_deleted"


class StateRestored(Event):
    """An operator put a row back to how it was. What was changed for that stands in entries of their own beside it."""

    label = "history.restored"
