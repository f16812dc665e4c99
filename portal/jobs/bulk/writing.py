"""Jobs that write a file instead of changing people: each batch is a part of it, read first and kept with its mark."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services.exports import EXPORT, MOST_BYTES, Drafted, draft
from portal.infra.bulk import BulkEnded, BulkFailed, BulkJob, BulkJobs
from portal.infra.bulk.parts import BulkParts
from portal.infra.crypto.sealing import Sealer
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.bulk.outcomes import ClaimLost

Writer: TypeAlias = Callable[[Session, Sealer, BulkJob], Drafted]

WRITERS: Final[Mapping[str, Writer]] = {EXPORT: partial(draft, seconds=0.4)}


def keep_part(uow: UnitOfWork, job: BulkJob, drafted: Drafted, *, worker: UUID) -> bool:
    """The part and how far the job is, or nothing of both; whether there is more to do."""
    parts = BulkParts(uow.session, job.id)
    place = str(drafted.place) if drafted.place else None
    parts.add(uow.ports.sealer, drafted.text, place=place)
    booked = BulkJobs(uow.session).book(job.id, worker=worker, counts={"done": drafted.looked_at}, at=uow.now)
    if booked is None:
        raise ClaimLost
    if parts.size() > MOST_BYTES:
        booked.end(
            "failed", at=uow.now, problem="The file has become too large. Ask for fewer entries at once."
        )
        parts.wipe()
        uow.publish(BulkFailed(touched=(booked.ref,), reason="too_large", details=booked.counts))
        return False
    if place is not None:
        return True
    # what was written late, under an earlier moment, was not counted at the beginning
    booked.total = booked.done
    booked.end("done", at=uow.now)
    uow.publish(BulkEnded(touched=(booked.ref,), details={"state": booked.state, **booked.counts}))
    return False
