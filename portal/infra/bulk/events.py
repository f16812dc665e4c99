"""What happens to jobs. What a job does to people has entries of its own."""

from portal.infra.events import Event


class BulkStarted(Event):
    """Somebody asked for a job; `details` has its kind and how many it is about."""

    label = "bulk.started"


class BulkCancelAsked(Event):
    """Somebody does not want the rest of a job."""

    label = "bulk.cancel_asked"


class BulkEnded(Event):
    """A job is over, because all is done or because it was cancelled; `details` counts."""

    label = "bulk.ended"


class BulkFailed(Event):
    """A job was stopped by the portal; `reason` says why, and `details` counts what had been done."""

    label = "bulk.failed"
    outcome = "failure"
