"""What housekeeping does about jobs: none is forgotten by accident, and none is kept for ever."""

from datetime import timedelta
from typing import Final

import structlog

from portal.audit.services.exports import EXPORT, KEEP
from portal.infra.bulk import BULK, BulkFailed, BulkItems, BulkJob, BulkJobs
from portal.infra.outbox import Outbox
from portal.infra.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 100


def tend_bulk_jobs(uow: UnitOfWork) -> bool:
    """Look after those under way, and remove some of those that ended long ago; whether there may be more to remove."""
    for job in BulkJobs(uow.session).unfinished(most=MOST_AT_ONCE):
        if not job.is_claimed(at=uow.now):
            _carry(uow, job)
    keep, jobs = timedelta(days=uow.ports.settings.bulk_keep_days), BulkJobs(uow.session)
    has_more_files = jobs.forget_before(uow.now - KEEP, kind=EXPORT)
    return jobs.forget_before(uow.now - keep) or has_more_files


def _carry(uow: UnitOfWork, job: BulkJob) -> None:
    """A job whose message is gone gets another one; where it was given up, so is the job."""
    message = Outbox(uow.session).get(job.carried_by) if job.carried_by else None
    if message is not None and message.state == "waiting":
        return
    if message is not None and message.state == "failed":
        job.end("failed", at=uow.now, problem="It was tried for a day in vain.")
        BulkItems(uow.session, job.id).wipe()
        uow.publish(BulkFailed(touched=(job.ref,), reason="given_up", details=job.counts))
        return
    log.warning("bulk_job_revived", job_id=str(job.id))
    job.carried_by = uow.enqueue(BULK, {"job_id": str(job.id)}).id
