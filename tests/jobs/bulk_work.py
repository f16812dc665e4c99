"""Jobs for tests: asked for by somebody, carried on turn by turn."""

from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.access.schemas.bulk import BulkWish, ImportMany, ImportPerson
from portal.access.usecases.bulk import start_bulk
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM, Actor
from portal.infra.bulk import BULK, BulkItem, BulkJob, BulkJobs
from portal.infra.outbox import OutboxMessage
from portal.jobs.bulk import Stride, run_bulk

BATCH: Final = 10
ONE_BATCH: Final = Stride(batch=BATCH, batch_seconds=60, turn_seconds=0, pause_seconds=0)


def actor_for(person: User) -> Actor:
    return Actor(kind="user", id=person.id, label=person.username, ip="192.0.2.7", request_id="req_bulk")


def start(portal: Portal, wish: BulkWish, *, by: Actor = SYSTEM) -> UUID:
    with portal.unit_of_work(by) as uow:
        return start_bulk(uow, wish).id


def newcomers(count: int, *, invite: bool = False) -> ImportMany:
    """So many who have no account."""
    lines = tuple(
        ImportPerson(email=f"p{number:05}@example.org", name=f"Person {number}", line=number + 1)
        for number in range(1, count + 1)
    )
    return ImportMany(lines=lines, invite=invite)


def turn(portal: Portal, job_id: UUID, *, stride: Stride = ONE_BATCH) -> BulkJob:
    """What the worker does for the message that carries the job; the job afterwards."""
    with portal.reading() as session:
        job = BulkJobs(session).get(job_id)
        message = session.get(OutboxMessage, job.carried_by) if job else None
    if message is None:
        raise LookupError(f"nothing carries {job_id}")
    run_bulk(portal, message, stride=stride)
    return look(portal, job_id)


def look(portal: Portal, job_id: UUID) -> BulkJob:
    with portal.reading() as session:
        job = BulkJobs(session).get(job_id)
        if job is None:
            raise LookupError(f"no job {job_id}")
        return job


def items(portal: Portal, job_id: UUID) -> list[BulkItem]:
    with portal.reading() as session:
        return list(
            session.scalars(select(BulkItem).where(BulkItem.job_id == job_id).order_by(BulkItem.position))
        )


def codes(portal: Portal, job_id: UUID) -> dict[str | None, int]:
    return dict(Counter(item.code for item in items(portal, job_id)))


def messages(portal: Portal) -> list[OutboxMessage]:
    """Everything that carries jobs, or did."""
    with portal.reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == BULK).order_by(OutboxMessage.id)
        return list(session.scalars(query))


def emails(portal: Portal) -> list[str]:
    """Of everybody who was imported by these tests, in order."""
    with portal.reading() as session:
        return sorted(session.scalars(select(User.email).where(User.email.startswith("p0"))))


def numbered(numbers: Iterable[int]) -> list[str]:
    return [f"p{number:05}@example.org" for number in numbers]
