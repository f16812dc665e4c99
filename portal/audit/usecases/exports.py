"""The log leaves the house: who took what, and how much of it, is an entry itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.audit.errors import ExportNotReady, ExportTooLong, TooManyExports
from portal.audit.events import ExportDeleted, ExportDownloaded, LogExported
from portal.audit.repository import AuditEntries, AuditFilter
from portal.audit.services.exports import (
    EXPORT,
    MOST_ENTRIES,
    MOST_KEPT,
    export_of,
    exports_of,
    sealed_filter,
)
from portal.audit.services.files import FileFormat
from portal.infra.bulk import BULK, BulkCancelAsked, BulkEnded, BulkJob, BulkJobs
from portal.infra.bulk.parts import BulkParts
from portal.infra.bulk.starting import put_down
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork


def note_export(uow: UnitOfWork, *, query: Mapping[str, str], file_format: str, count: str) -> None:
    """Written and committed before the first line is sent, so that a broken download has its entry too."""
    uow.publish(LogExported(details={"filter": dict(query), "format": file_format, "entries": count}))


def start_export(
    uow: UnitOfWork, wanted: AuditFilter, file_format: FileFormat, *, query: Mapping[str, Any]
) -> BulkJob:
    """A file of everything up to now, written by a worker. `query` is the filter as the log may tell of it.

    Raises:
        TooManyExports, ExportTooLong
    """
    uow.lock(f"audit_export:{uow.actor.id}")
    kept = [job for job in exports_of(uow.session, uow.actor.id, at=uow.now) if job.state != "failed"]
    if len(kept) >= MOST_KEPT:
        raise TooManyExports(MOST_KEPT)
    # what happens from now on is in no file of today, so that the end is reached even in a busy house
    wanted = replace(wanted, until=min(wanted.until or uow.now, uow.now))
    total = AuditEntries(uow.session).count(replace(wanted, reason=""), most=MOST_ENTRIES)
    if total > MOST_ENTRIES:
        raise ExportTooLong(MOST_ENTRIES)
    job_id = new_id()
    parameters = {"format": file_format, "filter": sealed_filter(uow.ports.sealer, wanted, job_id)}
    job = put_down(uow, EXPORT, label="Export of the audit log", parameters=parameters, job_id=job_id)
    job.total = total
    job.carried_by = uow.enqueue(BULK, {"job_id": str(job.id)}).id
    count = "not counted" if wanted.reason else f"{total:,}"
    uow.publish(
        LogExported(
            touched=(job.ref,), details={"filter": dict(query), "format": file_format, "entries": count}
        )
    )
    return job


def drop_export(uow: UnitOfWork, job_id: UUID) -> BulkJob:
    """Stop one's own export, or remove its file: nothing of it is left.

    Raises:
        ExportNotFound
    """
    job = export_of(uow.session, job_id, uow.actor.id, at=uow.now)
    BulkJobs(uow.session).lock(job_id)
    if job.is_over:
        uow.publish(ExportDeleted(touched=(job.ref,)))
    else:
        uow.publish(BulkCancelAsked(touched=(job.ref,)))
        job.end("cancelled", at=uow.now)
        uow.publish(BulkEnded(touched=(job.ref,), details={"state": job.state, **job.counts}))
    BulkParts(uow.session, job.id).wipe()
    uow.session.flush()
    BulkJobs(uow.session).forget(job_id)
    return job


def take_export(uow: UnitOfWork, job_id: UUID) -> BulkJob:
    """One's own file, about to be sent; that is an entry too.

    Raises:
        ExportNotFound, ExportNotReady
    """
    job = export_of(uow.session, job_id, uow.actor.id, at=uow.now)
    if job.state != "done":
        raise ExportNotReady
    uow.publish(ExportDownloaded(touched=(job.ref,), details={"format": job.parameters["format"]}))
    return job
