"""Exports that are too long for a request: a job writes the file part by part, and whoever asked takes it from there.

The file lies in the database, compressed and sealed, for a day at most: so any node can write it and any other one hand
it out, and a dump holds nothing readable that the log itself would not.
"""

import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from portal.audit.errors import ExportNotFound
from portal.audit.repository import AuditEntries, AuditFilter, with_reason
from portal.audit.services.files import BATCH, FileFormat, header_of, lines_of
from portal.infra.bulk import BulkJob, BulkJobs
from portal.infra.bulk.parts import BulkParts
from portal.infra.crypto.sealing import Sealer

EXPORT: Final = "export_audit"
"""The kind of these jobs. They are their asker's own, and on no list of others."""
KEEP: Final = timedelta(hours=24)
MOST_ENTRIES: Final = 1_000_000
MOST_BYTES: Final = 200 * 1024 * 1024
"""Of the file as it is kept: compressed, sealed."""
MOST_KEPT: Final = 3
"""Exports of one person, those under way included."""
_PART: Final = 4_000


@dataclass(frozen=True, slots=True)
class Drafted:
    """A part that was read and is not kept yet. `place` is where the next one goes on; None at the end."""

    text: str
    looked_at: int
    place: UUID | None


def sealed_filter(sealer: Sealer, wanted: AuditFilter, job_id: UUID) -> str:
    """A filter may name people and addresses, so it is for nobody's eyes but the worker's."""
    return sealer.seal(orjson.dumps(asdict(wanted) | {"ip_indexes": []}), _place(job_id))


def draft(session: Session, sealer: Sealer, job: BulkJob, *, seconds: float) -> Drafted:
    """The next part, read without holding anybody up: so many seconds, or entries, of work."""
    wanted, file_format = _filter_of(sealer, job), cast(FileFormat, job.parameters["format"])
    last = BulkParts(session, job.id).last()
    place = UUID(last.place) if last is not None and last.place else None
    entries, rest = AuditEntries(session), replace(wanted, reason="")
    texts, looked_at, ends_at = (
        [header_of(file_format)] if last is None else [],
        0,
        time.monotonic() + seconds,
    )
    while True:
        found = entries.page(rest, before=place, size=BATCH)
        texts.append(lines_of(with_reason(found.items, wanted.reason), file_format))
        looked_at, place = looked_at + len(found.items), found.older
        if place is None or looked_at >= _PART or time.monotonic() >= ends_at:
            return Drafted("".join(texts), looked_at, place)


def export_of(session: Session, job_id: UUID, owner_id: UUID | None, *, at: datetime) -> BulkJob:
    """Somebody's own export, while it is kept.

    Raises:
        ExportNotFound: also of somebody else's.
    """
    job = BulkJobs(session).get(job_id)
    if job is None or job.kind != EXPORT or owner_id is None or job.actor_id != owner_id:
        raise ExportNotFound
    if job.finished_at is not None and at >= job.finished_at + KEEP:
        raise ExportNotFound
    return job


def exports_of(session: Session, owner_id: UUID | None, *, at: datetime) -> list[BulkJob]:
    """Somebody's own: under way, kept, or come to nothing within the time that files are kept; the newest first."""
    found = BulkJobs(session).page(kind=EXPORT, by=owner_id).items if owner_id is not None else ()
    return [job for job in found if job.finished_at is None or at < job.finished_at + KEEP]


def kept_until(job: BulkJob) -> datetime | None:
    """When its file goes; None while it is being written, and where there is none."""
    return job.finished_at + KEEP if job.finished_at is not None and job.state == "done" else None


def _filter_of(sealer: Sealer, job: BulkJob) -> AuditFilter:
    kept: dict[str, Any] = orjson.loads(sealer.open(str(job.parameters["filter"]), _place(job.id)))
    return TypeAdapter(AuditFilter).validate_python(kept)


def _place(job_id: UUID) -> str:
    return f"bulk_jobs|filter|{job_id}"
