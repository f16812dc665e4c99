"""What can be wrong with a wish about a job."""

from portal.infra.errors import Conflict, NotFound


class BulkJobNotFound(NotFound):
    """There is no such job, or not any more."""

    code = "bulk_job_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such job. Jobs that have ended are removed after a while.")


class BulkJobOver(Conflict):
    """It has ended, and so there is nothing to cancel."""

    code = "bulk_job_over"

    def __init__(self) -> None:
        super().__init__("This job has ended already; nothing of it can be cancelled.")
