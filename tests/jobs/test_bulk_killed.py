"""A job outlives those who work on it: killed in the middle, or two at once, everybody is met, and nobody twice."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import SYSTEM
from portal.infra.bulk import BULK, BulkJobs
from portal.infra.bulk.jobs import CLAIM
from portal.infra.ids import new_id
from portal.infra.outbox import Outbox
from portal.jobs.bulk import BulkBusy, Stride
from portal.jobs.delivery import deliver_due
from portal.jobs.worker import Worker
from tests.jobs.bulk_work import BATCH, actor_for, codes, emails, look, newcomers, numbered, start, turn
from tests.support.portals import open_portal
from tests.support.processes import Program, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

ROOT = Path(__file__).parents[2]
PEOPLE = 160


def created(portal: Portal) -> int:
    """How many accounts the log tells of, but for the administrator's."""
    with portal.reading() as session:
        return AuditEntries(session).count(AuditFilter(actions=("user.created",)), most=10 * PEOPLE) - 1


def test_killed_half_way_it_goes_on_where_the_last_batch_ended(
    portal: Portal, clock: MovableClock, add_person: Callable[..., User], tmp_path: Path
) -> None:
    maya = add_person("maya@example.org", administrator=True)
    job_id = start(portal, newcomers(PEOPLE), by=actor_for(maya))
    worker = Program.start(
        [sys.executable, "-m", "tests.jobs.bulk_worker", portal.settings.database_url, tmp_path / "instance"],
        log=tmp_path / "worker.log",
        port=0,
        cwd=ROOT,
        environment=dict(os.environ),
    )
    try:
        wait_until(
            lambda: look(portal, job_id).processed >= PEOPLE // 4, what="a quarter of the job", seconds=30
        )
        os.kill(worker.pid, signal.SIGKILL)
        wait_until(lambda: not worker.is_running, what="end of the worker")
    finally:
        worker.stop()
    killed = look(portal, job_id)
    assert PEOPLE // 4 <= killed.processed < PEOPLE
    assert killed.state == "running"
    assert emails(portal) == numbered(range(1, killed.processed + 1))
    assert created(portal) == killed.processed
    clock.advance(seconds=2 * CLAIM.total_seconds())
    deliver_due(portal)
    job = look(portal, job_id)
    assert (job.state, job.done, job.failed) == ("done", PEOPLE, 0)
    assert emails(portal) == numbered(range(1, PEOPLE + 1))
    assert codes(portal, job_id) == {"created": PEOPLE}
    assert created(portal) == PEOPLE


def test_two_workers_at_once_meet_nobody_twice(portal: Portal, add_person: Callable[..., User]) -> None:
    maya, stride = (
        add_person("maya@example.org", administrator=True),
        Stride(batch=BATCH, batch_seconds=60, turn_seconds=0),
    )
    job_id = start(portal, newcomers(3 * BATCH), by=actor_for(maya))
    turns: list[str] = []

    def work(name: str) -> None:
        with open_portal(portal.settings) as mine:
            while not look(mine, job_id).is_over:
                try:
                    turn(mine, job_id, stride=stride)
                except BulkBusy:
                    turns.append(f"{name} waited")
                else:
                    turns.append(f"{name} came")

    threads = [Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({turn.split()[0] for turn in turns}) == 2
    assert emails(portal) == numbered(range(1, 3 * BATCH + 1))
    assert look(portal, job_id).counts == {
        "total": 30, "done": 30, "unchanged": 0, "failed": 0, "left": 0,
    }  # fmt: skip
    assert created(portal) == 3 * BATCH


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_the_only_machine_there_is_no_waiting_for_the_claim_of_a_worker_that_was_killed(
    portal: Portal, add_person: Callable[..., User]
) -> None:
    portal.settings.instance_dir.mkdir(exist_ok=True)
    maya = add_person("maya@example.org", administrator=True)
    job_id = start(portal, newcomers(3), by=actor_for(maya))
    with portal.unit_of_work(SYSTEM) as uow:
        (message,) = Outbox(uow.session).claim_due(at=uow.now, only={BULK}, lasting=timedelta(minutes=15))
        assert BulkJobs(uow.session).claim(job_id, message_id=message.id, worker=new_id(), at=uow.now)
    deliver_due(portal)
    assert look(portal, job_id).processed == 0
    worker = Worker(portal)
    worker.start()
    try:
        wait_until(
            lambda: look(portal, job_id).is_over, what="end of the job", seconds=CLAIM.total_seconds() / 2
        )
    finally:
        worker.stop()
    job = look(portal, job_id)
    assert (job.state, job.done) == ("done", 3)
