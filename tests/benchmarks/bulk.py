"""An import of ten thousand people by a worker that is killed half-way, and by the one that comes after it.

    PORTAL_INSTANCE_DIR=... [PORTAL_DATABASE_URL=...] portal migrate
    PORTAL_INSTANCE_DIR=... [PORTAL_DATABASE_URL=...] python -m tests.benchmarks.bulk [people]

The addresses are new in each run, so it can be run again. What is looked at: that everybody has an account and nobody
two, how many are taken in a second, how long others wait who come to write meanwhile, and how long nothing happens
after the kill.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func, select

from portal.access.schemas.bulk import ImportMany, ImportPerson
from portal.access.services import ensure_built_in_roles
from portal.access.usecases.bulk import start_bulk
from portal.accounts.models import User
from portal.audit.services import ensure_keys_of_strangers
from portal.bootstrap import Portal, build_portal
from portal.infra.actor import CLI, Actor
from portal.infra.bulk import BulkItem, BulkJob, BulkJobs
from portal.infra.ids import new_id
from portal.infra.settings import load_settings
from portal.jobs.delivery import deliver_due
from tests.support.people import add_person

WORK = "--work"


def main(people: int) -> None:
    portal = build_portal(load_settings())
    run = new_id().hex[-8:]
    job_id = begin(portal, people, run)
    waits: list[float] = []
    marks = [(time.monotonic(), 0)]
    worker = work(job_id)
    while follow(portal, job_id, marks, waits) < people // 2:
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    killed_at, mark = time.monotonic(), look(portal, job_id).processed
    say(
        f"killed at {mark:,} of {people:,}, {mark / (killed_at - marks[0][0]):.0f} a second with the start of it"
    )
    worker = work(job_id)
    while look(portal, job_id).processed == mark:
        time.sleep(0.05)
    resumed_at = time.monotonic()
    say(f"nothing happened for {resumed_at - killed_at:.1f} s")
    while follow(portal, job_id, marks, waits) < people:
        time.sleep(0.05)
    say(f"the rest at {(people - mark) / (time.monotonic() - resumed_at):.0f} a second")
    worker.wait(30)
    tell(portal, job_id, run, waits, [later - sooner for (sooner, _), (later, _) in pairwise(marks)])


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def begin(portal: Portal, people: int, run: str) -> UUID:
    """What the button of the import page does."""
    with portal.unit_of_work(CLI) as uow:
        ensure_built_in_roles(uow)
        ensure_keys_of_strangers(uow)
    maya = add_person(portal, f"maya@{run}.example", administrator=True)
    lines = tuple(
        ImportPerson(email=f"p{number:06}@{run}.example", name=f"Person {number}", line=number + 1)
        for number in range(1, people + 1)
    )
    began = time.monotonic()
    with portal.unit_of_work(Actor(kind="user", id=maya.id, label=maya.username)) as uow:
        job = start_bulk(uow, ImportMany(lines=lines))
    say(f"{people:,} lines put down in {time.monotonic() - began:.2f} s")
    return job.id


def work(job_id: UUID) -> subprocess.Popen[bytes]:
    """A worker in a process of its own, until the job is over."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bulk", WORK, str(job_id)], env=dict(os.environ)
    )


def follow(portal: Portal, job_id: UUID, marks: list[tuple[float, int]], waits: list[float]) -> int:
    """How far it is; each time somebody else writes, too, and looks at the clock."""
    job = look(portal, job_id)
    if job.processed != marks[-1][1]:
        marks.append((time.monotonic(), job.processed))
    began = time.monotonic()
    with portal.unit_of_work(Actor(kind="system")) as uow:
        uow.enqueue("from-the-future", {}, available_at=uow.now.replace(year=2199))
    waits.append(time.monotonic() - began)
    return job.processed


def look(portal: Portal, job_id: UUID) -> BulkJob:
    with portal.reading() as session:
        job = BulkJobs(session).get(job_id)
    if job is None:
        raise LookupError(f"no job {job_id}")
    return job


def tell(portal: Portal, job_id: UUID, run: str, waits: list[float], steps: list[float]) -> None:
    with portal.reading() as session:
        addresses = session.scalars(select(User.email).where(User.email.like(f"p%@{run}.example"))).all()
        of_items = (
            select(BulkItem.state, func.count()).where(BulkItem.job_id == job_id).group_by(BulkItem.state)
        )
        states = {row[0]: row[1] for row in session.execute(of_items)}
    twice = [address for address, times in Counter(addresses).items() if times > 1]
    say(f"job {look(portal, job_id).state}; items {states}; accounts {len(addresses):,}, twice {len(twice)}")
    ordered = sorted(waits)
    say(
        f"others waited to write: median {1000 * statistics.median(ordered):.0f} ms, "
        f"99 of 100 at most {1000 * ordered[int(0.99 * len(ordered))]:.0f} ms, at most {1000 * ordered[-1]:.0f} ms; "
        f"median batch {1000 * statistics.median(steps):.0f} ms"
    )


def work_until_over(job_id: UUID) -> None:
    portal = build_portal(load_settings())
    while not look(portal, job_id).is_over:
        deliver_due(portal)
        time.sleep(0.2)


if __name__ == "__main__":
    if sys.argv[1:2] == [WORK]:
        work_until_over(UUID(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
