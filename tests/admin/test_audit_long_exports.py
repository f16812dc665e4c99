"""Exports that a worker writes: its asker's own, for a day, and as whole as one that is sent at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from portal.access.repository import Roles
from portal.access.usecases.assignments import take_role
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import SYSTEM, Actor
from portal.infra.bulk import BulkJob, BulkPart
from portal.infra.crypto.sealing import SealBroken
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.jobs.bulk import tend_bulk_jobs
from portal.jobs.delivery import deliver_due
from tests.admin.conftest import Operator, shown

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

pytestmark = [
    pytest.mark.settings(audit_export_streamed=2),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
QUERY = "request=req_long"


class Happened(Event):
    """Anything."""

    label = "test.happened"


def tell(portal: Portal, times: int) -> None:
    with portal.unit_of_work(Actor(kind="cli", label="root", request_id="req_long")) as uow:
        for number in range(times):
            uow.publish(Happened(touched=(Ref("role", new_id(), f"role {number}"),), reason=f"why {number}"))


def asked(operator: Operator, *, file_format: str = "jsonl", query: str = QUERY) -> str:
    """The page of the export that somebody asks for."""
    answer = operator.send(f"/admin/audit/export?{query}", {"format": file_format})
    assert answer.status_code == 303, answer.text[:300]
    return str(answer.headers["Location"])


def lose_roles(operator: Operator) -> None:
    with operator.portal.unit_of_work(SYSTEM) as uow:
        role = Roles(uow.session).by_name("auditor")
        assert role is not None
        take_role(uow, operator.person.id, role.id)


def parts(portal: Portal) -> list[BulkPart]:
    with portal.reading() as session:
        return list(session.scalars(select(BulkPart)))


def test_a_short_one_is_sent_at_once_and_a_long_one_is_written_by_a_worker(maya: Operator) -> None:
    tell(maya.portal, 2)
    assert maya.send(f"/admin/audit/export?{QUERY}", {"format": "jsonl"}).status_code == 200
    tell(maya.portal, 1200)
    address = asked(maya, file_format="csv")
    page = shown(maya.page(address))
    assert "0 of 1,202 events" in page
    assert "Download" not in page
    assert maya.get(f"{address}/file").status_code == 409
    deliver_due(maya.portal)
    assert "1,202 of 1,202 events" in shown(maya.page(address))
    answer = maya.get(f"{address}/file")
    lines = answer.text.splitlines()
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/csv", "no-store")
    assert re.fullmatch(
        r'attachment; filename="audit-\d{8}T\d{6}Z\.csv"', answer.headers["Content-Disposition"]
    )
    assert lines[0].startswith("created_at,id,action")
    assert len(lines) == 1203
    with maya.portal.reading() as session:
        newest = AuditEntries(session).page(AuditFilter(actor_id=maya.person.id)).items
    assert [entry.action for entry in newest[:3]] == [
        "audit.export_downloaded",
        "bulk.ended",
        "audit.exported",
    ]


def test_what_lies_in_the_database_is_sealed(maya: Operator) -> None:
    tell(maya.portal, 3)
    address = asked(maya)
    deliver_due(maya.portal)
    (part,) = parts(maya.portal)
    assert "happened" not in part.sealed
    with maya.portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(BulkPart).values(position=2))
    with pytest.raises(SealBroken):
        maya.get(f"{address}/file").get_data()


def test_words_in_reasons_are_looked_for_by_the_worker_too(maya: Operator) -> None:
    tell(maya.portal, 30)
    address = asked(maya, query=f"{QUERY}&reason=why+2")
    deliver_due(maya.portal)
    found: list[dict[str, Any]] = [json.loads(line) for line in maya.get(f"{address}/file").text.splitlines()]
    assert {entry["reason"] for entry in found} == {"why 2", *(f"why {number}" for number in range(20, 30))}


def test_it_is_nobody_elses_and_ends_with_the_permission(maya: Operator, audrey: Operator) -> None:
    tell(maya.portal, 3)
    address = asked(audrey)
    deliver_due(maya.portal)
    for path in (address, f"{address}/file"):
        assert maya.get(path).status_code == 404
    assert maya.send(f"{address}/delete", {}, seen_on="/admin/audit/export").status_code == 404
    job_id = address.rpartition("/")[2]
    assert maya.get(f"/admin/bulk/{job_id}").status_code == 404
    assert "Export of the audit log" not in maya.page("/admin/bulk")
    assert audrey.get(f"{address}/file").status_code == 200
    lose_roles(audrey)
    assert audrey.get(f"{address}/file").status_code == 403


def test_it_stops_when_whoever_asked_may_not_read_the_log_any_more(audrey: Operator) -> None:
    tell(audrey.portal, 3)
    address = asked(audrey)
    lose_roles(audrey)
    deliver_due(audrey.portal)
    with audrey.portal.reading() as session:
        job = session.scalars(select(BulkJob)).one()
    assert (job.state, job.done) == ("failed", 0)
    assert parts(audrey.portal) == []
    assert address


def test_it_can_be_cancelled_and_deleted_and_leaves_nothing(maya: Operator) -> None:
    tell(maya.portal, 3)
    address = asked(maya)
    assert maya.send(f"{address}/delete", {}, seen_on="/admin/audit/export").status_code == 303
    deliver_due(maya.portal)
    assert maya.get(address).status_code == 404
    address = asked(maya)
    deliver_due(maya.portal)
    assert len(parts(maya.portal)) == 1
    maya.send(f"{address}/delete", {}, seen_on="/admin/audit/export")
    assert parts(maya.portal) == []


def test_files_are_kept_for_a_day_and_are_few(maya: Operator, clock: MovableClock) -> None:
    tell(maya.portal, 3)
    addresses = [asked(maya) for _ in range(3)]
    refused = maya.send(f"/admin/audit/export?{QUERY}", {"format": "csv"})
    assert refused.status_code == 422
    assert "You have 3 exports already" in refused.text
    deliver_due(maya.portal)
    clock.advance(hours=23)
    assert maya.get(addresses[0]).status_code in {200, 302, 303}
    clock.advance(hours=2)
    with maya.portal.unit_of_work(SYSTEM) as uow:
        tend_bulk_jobs(uow)
    assert parts(maya.portal) == []
