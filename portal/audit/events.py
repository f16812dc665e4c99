"""What is worth remembering although nothing changed."""

from portal.infra.events import Event


class MailRead(Event):
    """An operator read somebody else's mail in the outbox. It may hold a link that lets its reader in."""

    label = "mail.read"


class WorkRetried(Event):
    """An operator had work tried again that was given up; `details` has its kind and how many there were."""

    label = "work.retried"


class WorkDiscarded(Event):
    """An operator let go of work that was given up; `details` has what it died of."""

    label = "work.discarded"


class LogExported(Event):
    """Somebody took entries out of the portal; `details` has the filter, the format and how many there were."""

    label = "audit.exported"


class ExportDownloaded(Event):
    """Somebody took the file of an export that a job had written."""

    label = "audit.export_downloaded"


class ExportDeleted(Event):
    """Somebody removed the file of their export before its time."""

    label = "audit.export_deleted"


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


class TriesThrottled(Event):
    """An address came too often. Told once for an address, a rule and a minute, however often it came."""

    label = "throttle.refused"
    outcome = "failure"


class ChainBroken(Event):
    """The portal has verified its own log, and something in it is not as it was sealed."""

    label = "history.broken"
    outcome = "failure"


class ChainVerified(Event):
    """Somebody had the whole log verified."""

    label = "history.verified"


class HistoryPruned(Event):
    """The oldest entries were removed by age; a signed tombstone stands in their place."""

    label = "history.pruned"


class PersonErased(Event):
    """The key of somebody's personal values was destroyed."""

    label = "history.person_erased"
