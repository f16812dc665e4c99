"""Pages about jobs: how far each is, what came of everybody, and a way to stop it."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.schemas.bulk import DisableMany, ImportMany, ImportPerson, Selection
from portal.infra.bulk import BulkJobs
from tests.admin.conftest import Operator, is_active, shown
from tests.jobs.bulk_work import BATCH, actor_for, look, newcomers, start, turn
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from portal.bootstrap import Portal

HTMX = {"HX-Request": "true"}


@pytest.fixture
def half_done(portal: Portal, maya: Operator) -> UUID:
    """A job of which one batch is done."""
    job_id = start(portal, newcomers(2 * BATCH), by=actor_for(maya.person))
    turn(portal, job_id)
    return job_id


def test_a_running_job_asks_for_itself_until_it_is_over(
    portal: Portal, maya: Operator, half_done: UUID
) -> None:
    path = f"/admin/bulk/{half_done}"
    page = maya.page(path)
    assert f'hx-get="{path}"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "Running 10 of 20" in shown(page)
    assert '<progress class="progress" value="10" max="20"' in page
    part = maya.get(path, headers=HTMX)
    assert "<main" not in part.text
    assert "HX-Refresh" not in part.headers
    turn(portal, half_done)
    last = maya.get(path, headers=HTMX)
    assert "hx-get" not in last.text
    assert last.headers["HX-Refresh"] == "true"
    assert "hx-get" not in maya.page(path)


def test_results_are_filtered_and_turned_over(portal: Portal, maya: Operator) -> None:
    lines = tuple(
        ImportPerson(
            email=f"p{n:05}@example.org", name=f"Person {n}", roles=("nobody",) if n % 10 == 0 else ()
        )
        for n in range(1, 61)
    )
    job_id = start(portal, ImportMany(lines=lines), by=actor_for(maya.person))
    while not turn(portal, job_id).is_over:
        pass
    path = f"/admin/bulk/{job_id}"
    page = shown(maya.page(path))
    assert "All 60 Failed 6 Done 54" in page
    assert "p00001@example.org" in page
    assert "p00051@example.org" not in page
    assert "p00051@example.org" in maya.page(f"{path}?after=50")
    assert "p00049@example.org" in maya.page(f"{path}?before=51")
    failed = shown(maya.page(f"{path}?result=failed"))
    assert "Line 10 Failed There is no “nobody”" in failed
    assert "Got an account" not in failed
    assert maya.get(f"{path}?after=x&before=-1&result=odd").status_code == 200


def test_the_file_has_every_result_and_no_address(portal: Portal, maya: Operator) -> None:
    job_id = start(portal, newcomers(3), by=actor_for(maya.person))
    turn(portal, job_id)
    answer = maya.get(f"/admin/bulk/{job_id}/results.csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [(row["number"], row["username"], row["result"], row["code"]) for row in rows] == [
        ("2", "p00001", "done", "created"),
        ("3", "p00002", "done", "created"),
        ("4", "p00003", "done", "created"),
    ]
    assert "@" not in answer.text


def test_a_job_is_cancelled_after_a_question(portal: Portal, maya: Operator, half_done: UUID) -> None:
    path = f"/admin/bulk/{half_done}"
    asked = shown(maya.page(f"{path}/cancel"))
    assert "Cancel “ Import people ”?" in asked
    assert "10 of 20 people are done, and stay so" in asked
    answer = maya.send(f"{path}/cancel")
    assert answer.headers["Location"] == path
    page = shown(maya.page(path))
    assert "This job was cancelled" in page
    assert "Not done 10" in page
    assert look(portal, half_done).state == "cancelled"
    assert maya.get(f"{path}/cancel").status_code == 409


def test_the_list_names_everybodys_jobs(portal: Portal, maya: Operator, half_done: UUID) -> None:
    page = shown(maya.page("/admin/bulk"))
    assert "Import people Running 50 % 20 0 maya" in page
    assert "No bulk changes here" in maya.page("/admin/bulk?state=done")


def test_who_only_reads_sees_jobs_and_stops_none(portal: Portal, audrey: Operator, half_done: UUID) -> None:
    page = audrey.page(f"/admin/bulk/{half_done}")
    assert f"/admin/bulk/{half_done}/cancel" not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', audrey.page("/account/profile"))
    assert token is not None
    answer = audrey.browser.post(f"/admin/bulk/{half_done}/cancel", data={"csrf_token": token[1]})
    assert answer.status_code == 403
    assert not look(portal, half_done).is_over


def test_a_job_that_the_portal_stopped_says_why(portal: Portal, maya: Operator, devon: Operator) -> None:
    job_id = start(
        portal,
        DisableMany(people=Selection(user_ids=(maya.person.id,)), reason="x"),
        by=actor_for(maya.person),
    )
    with portal.unit_of_work(actor_for(devon.person)) as uow:
        job = BulkJobs(uow.session).get(job_id)
        assert job is not None
        job.actor_id, job.actor_label = devon.person.id, "devon"
    turn(portal, job_id)
    assert "devon may not do this any more." in maya.page(f"/admin/bulk/{job_id}")
    assert is_active(portal, maya.person.id)


def test_there_is_no_job_of_that_id(maya: Operator) -> None:
    for page in ("", "/cancel", "/results.csv"):
        assert maya.get(f"/admin/bulk/{NOBODYS_ID}{page}").status_code == 404
