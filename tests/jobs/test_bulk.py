"""Bulk work: every item once, whatever happens to who does it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.access.usecases.bulk import cancel_bulk
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import SYSTEM
from portal.infra.bulk import BulkItem, BulkJobs
from portal.infra.bulk.jobs import CLAIM
from portal.infra.ids import new_id
from portal.jobs.bulk import BulkBusy, run_bulk, tend_bulk_jobs
from tests.jobs.bulk_work import (
    BATCH,
    ONE_BATCH,
    actor_for,
    codes,
    emails,
    items,
    look,
    messages,
    newcomers,
    numbered,
    start,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal.accounts.models import User
    from portal.audit.repository import Entry
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    """The administrator."""
    return add_person("maya@example.org", administrator=True)


def entries(portal: Portal, action: str) -> Sequence[Entry]:
    with portal.reading() as session:
        return AuditEntries(session).page(AuditFilter(actions=(action,)), size=500).items


def test_a_job_goes_on_batch_by_batch_and_tells_how_far_it_is(portal: Portal, maya: User) -> None:
    job_id = start(portal, newcomers(2 * BATCH + 5), by=actor_for(maya))
    job = look(portal, job_id)
    seen = [(job.state, job.percent)]
    while not job.is_over:
        job = turn(portal, job_id)
        seen.append((job.state, job.percent))
    assert seen == [("waiting", 0), ("running", 40), ("running", 80), ("done", 100)]
    assert emails(portal) == numbered(range(1, 2 * BATCH + 6))
    assert codes(portal, job_id) == {"created": 2 * BATCH + 5}
    assert job.counts == {"total": 25, "done": 25, "unchanged": 0, "failed": 0, "left": 0}
    assert job.started_at is not None
    assert job.finished_at is not None


def test_effects_are_the_askers_and_the_log_tells_of_the_job(portal: Portal, maya: User) -> None:
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    turn(portal, job_id)
    (began,), (ended,) = entries(portal, "bulk.started"), entries(portal, "bulk.ended")
    assert began.details == {"kind": "import", "people": 3}
    assert ended.details == {
        "state": "done", "total": 3, "done": 3, "unchanged": 0, "failed": 0, "left": 0,
    }  # fmt: skip
    created = [entry for entry in entries(portal, "user.created") if entry.request_id == "req_bulk"]
    assert {(entry.actor_id, entry.actor_label, entry.ip) for entry in created} == {
        (maya.id, "maya", "192.0.2.7")
    }
    assert len(created) == 3


def test_nothing_of_a_line_or_of_whence_it_came_is_to_be_read_or_left_behind(
    portal: Portal, maya: User
) -> None:
    job_id = start(portal, newcomers(2), by=actor_for(maya))
    before, job = items(portal, job_id), look(portal, job_id)
    assert all(item.sealed and "p0000" not in item.sealed for item in before)
    assert job.origin
    assert "192.0.2.7" not in job.origin
    job = turn(portal, job_id)
    assert [item.sealed for item in items(portal, job_id)] == [None, None]
    assert job.origin is None


def test_cancelled_while_a_worker_has_it_the_batch_in_hand_is_the_last(portal: Portal, maya: User) -> None:
    job_id = start(portal, newcomers(BATCH + 1), by=actor_for(maya))
    with portal.unit_of_work(SYSTEM) as uow:
        jobs, (message,) = BulkJobs(uow.session), messages(portal)
        assert jobs.claim(job_id, message_id=message.id, worker=new_id(), at=uow.now) is not None
    with portal.unit_of_work(actor_for(maya)) as uow:
        assert cancel_bulk(uow, job_id).is_stopping
    with portal.unit_of_work(SYSTEM) as uow:
        job = BulkJobs(uow.session).lock(job_id)
        assert job is not None
        job.claimed_by = job.claimed_until = None
    assert turn(portal, job_id).state == "cancelled"
    assert emails(portal) == []
    assert all(item.sealed is None for item in items(portal, job_id))


def test_a_worker_that_has_lost_the_job_leaves_nothing_of_its_batch(
    portal: Portal, maya: User, clock: MovableClock
) -> None:
    """It was silent for too long: another one has the job, and does what this one was about to do."""
    job_id = start(portal, newcomers(BATCH), by=actor_for(maya))
    (message,), slow = messages(portal), new_id()
    with portal.unit_of_work(SYSTEM) as uow:
        assert BulkJobs(uow.session).claim(job_id, message_id=message.id, worker=slow, at=uow.now)
    with pytest.raises(BulkBusy):
        turn(portal, job_id)
    clock.advance(seconds=CLAIM.total_seconds() + 1)
    assert turn(portal, job_id).state == "done"
    with portal.unit_of_work(SYSTEM) as uow:
        assert BulkJobs(uow.session).book(job_id, worker=slow, counts={"done": 5}, at=uow.now) is None
    assert look(portal, job_id).done == BATCH


def test_a_message_that_comes_again_does_nothing(portal: Portal, maya: User) -> None:
    job_id = start(portal, newcomers(BATCH + 1), by=actor_for(maya))
    (first,) = messages(portal)
    turn(portal, job_id)
    run_bulk(portal, first, stride=ONE_BATCH)
    assert look(portal, job_id).processed == BATCH
    assert len(messages(portal)) == 2


def test_a_job_whose_message_was_lost_is_carried_on(
    portal: Portal, maya: User, deliver: Callable[[], int]
) -> None:
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    with portal.unit_of_work(SYSTEM) as uow:
        for message in messages(portal):
            uow.session.delete(uow.session.merge(message))
    with portal.unit_of_work(SYSTEM) as uow:
        tend_bulk_jobs(uow)
    deliver()
    assert look(portal, job_id).state == "done"


def test_a_job_that_was_given_up_says_so(portal: Portal, maya: User) -> None:
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    with portal.unit_of_work(SYSTEM) as uow:
        (message,) = messages(portal)
        uow.session.merge(message).give_up("away", at=uow.now)
    with portal.unit_of_work(SYSTEM) as uow:
        tend_bulk_jobs(uow)
    job = look(portal, job_id)
    assert (job.state, job.left) == ("failed", 3)
    assert all(item.sealed is None for item in items(portal, job_id))


def test_jobs_are_forgotten_after_the_days_of_the_setting(
    portal: Portal, maya: User, clock: MovableClock
) -> None:
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    turn(portal, job_id)
    clock.advance(days=29)
    with portal.unit_of_work(SYSTEM) as uow:
        tend_bulk_jobs(uow)
    assert len(items(portal, job_id)) == 3
    clock.advance(days=2)
    with portal.unit_of_work(SYSTEM) as uow:
        assert BulkJobs(uow.session).forget_before(uow.now - timedelta(days=30), most=2)
    assert [item.position for item in items(portal, job_id)] == [3]
    with portal.unit_of_work(SYSTEM) as uow:
        assert not tend_bulk_jobs(uow)
    with portal.reading() as session:
        assert BulkJobs(session).get(job_id) is None
        assert session.scalar(select(BulkItem.position)) is None
