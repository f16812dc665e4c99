"""One act for many people: asked for here, done by a worker in small steps, cancelled here again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from portal.access.schemas.bulk import BulkWish, ImportMany, Selection
from portal.access.services.bulk import ensure_may_bulk, ensure_may_match, filter_of, ids_matching, title_of
from portal.accounts.repository import Users
from portal.infra.bulk import (
    BULK,
    BulkCancelAsked,
    BulkEnded,
    BulkItems,
    BulkJob,
    BulkJobNotFound,
    BulkJobOver,
    BulkJobs,
    BulkStarted,
)
from portal.infra.bulk.sealing import place_of_item
from portal.infra.bulk.starting import put_down
from portal.infra.errors import Conflict, Invalid, Limited
from portal.infra.unit_of_work import UnitOfWork

MOST_PEOPLE: Final = 100_000
MOST_UNFINISHED: Final = 50
"""Jobs that wait or run, over everybody: their rows are the portal's to keep."""
_OF_THE_WISH: Final = frozenset({"kind", "people", "lines"})


class SelectionChanged(Conflict):
    """Others match now than when somebody looked."""

    code = "selection_changed"

    def __init__(self, count: int) -> None:
        super().__init__(f"Meanwhile {count:,} people match. Look at them again, then confirm.")


def start_bulk(uow: UnitOfWork, wish: BulkWish) -> BulkJob:
    """Put it down, whom it is about and who wants it; a worker begins as soon as this has committed.

    Raises:
        BulkForbidden, RoleNotFound, GroupNotFound, SelectionChanged
        Invalid: it is about nobody, or about too many.
        Limited: too many jobs are under way.
    """
    ensure_may_bulk(uow, wish.kind)
    if len(BulkJobs(uow.session).unfinished(most=MOST_UNFINISHED)) == MOST_UNFINISHED:
        raise Limited("Many jobs are under way. Wait until one of them has ended.", retry_after_seconds=60)
    label = title_of(
        uow.session,
        wish.kind,
        role_id=getattr(wish, "role_id", None),
        group_id=getattr(wish, "group_id", None),
    )
    parameters = wish.model_dump(mode="json", exclude=set(_OF_THE_WISH))
    job = put_down(uow, wish.kind, label=label, parameters=parameters)
    if isinstance(wish, ImportMany):
        job.total = BulkItems(uow.session, job.id).add(_sealed(uow, job.id, wish))
    else:
        job.total = _add_people(uow, job.id, wish.people)
    job.carried_by = uow.enqueue(BULK, {"job_id": str(job.id)}).id
    uow.publish(
        BulkStarted(touched=(job.ref,), reason=getattr(wish, "reason", None), details=_details(job, wish))
    )
    return job


def cancel_bulk(uow: UnitOfWork, job_id: UUID) -> BulkJob:
    """The rest is not done. A batch that a worker has in hand is finished first; what was done stays done.

    Raises:
        BulkJobNotFound, BulkForbidden, BulkJobOver
    """
    job = BulkJobs(uow.session).lock(job_id)
    if job is None:
        raise BulkJobNotFound
    ensure_may_bulk(uow, job.kind)
    if job.is_over:
        raise BulkJobOver
    if job.cancel_asked_at is None:
        job.ask_cancel(by=uow.actor.id, at=uow.now)
        uow.publish(BulkCancelAsked(touched=(job.ref,), details=job.counts))
    if not job.is_claimed(at=uow.now):
        end_cancelled(uow, job)
    return job


def end_cancelled(uow: UnitOfWork, job: BulkJob) -> None:
    """It is over, and what was not done will not be."""
    job.end("cancelled", at=uow.now)
    BulkItems(uow.session, job.id).wipe()
    uow.publish(BulkEnded(touched=(job.ref,), details={"state": job.state, **job.counts}))


def _add_people(uow: UnitOfWork, job_id: UUID, people: Selection) -> int:
    items = BulkItems(uow.session, job_id)
    if people.user_ids is not None:
        # by id everywhere: two jobs about the same people meet in the same order
        return items.add({"subject_id": user_id} for user_id in sorted(set(people.user_ids)))
    if people.matching is None:
        raise Invalid("Say whom it is about", field="people")
    ensure_may_match(uow, people.matching)
    count = Users(uow.session).count(filter_of(people.matching, at=uow.now))
    if people.expected is not None and count != people.expected:
        raise SelectionChanged(count)
    if not count:
        raise Invalid("Nobody matches", code="nobody", field="people")
    if count > MOST_PEOPLE:
        raise Invalid(f"At most {MOST_PEOPLE:,} people at once; narrow the filter", field="people")
    return items.add_subjects(ids_matching(uow.session, people.matching, at=uow.now))


def _sealed(uow: UnitOfWork, job_id: UUID, wish: ImportMany) -> Iterator[Mapping[str, Any]]:
    """Each line under the seal of the portal, bound to its place."""
    for position, person in enumerate(wish.lines, 1):
        text = person.model_dump_json(exclude_defaults=True).encode()
        yield {
            "line": person.line or position,
            "sealed": uow.ports.sealer.seal(text, place_of_item(job_id, position)),
        }


def _details(job: BulkJob, wish: BulkWish) -> dict[str, Any]:
    """For the log. What was searched for may be a person's name, so only that something was."""
    details: dict[str, Any] = {"kind": job.kind, "people": job.total}
    if isinstance(wish, ImportMany):
        return details | ({"sha256": wish.digest} if wish.digest else {})
    if wish.people.matching is not None:
        chosen = wish.people.matching.model_dump(mode="json", exclude_defaults=True)
        details["filter"] = {name: True if name == "text" else value for name, value in chosen.items()}
    return details
