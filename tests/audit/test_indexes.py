"""A long audit log is read off its indexes, never scanned or sorted, on both databases."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, text

from portal.audit.models import AuditLog, AuditSubject
from portal.audit.repository import COUNT_CEILING, AuditEntries, AuditFilter, Entry
from portal.audit.repository.opening import personal_keys
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from tests.support.databases import KINDS, Databases
from tests.support.plans import plans

if TYPE_CHECKING:
    from portal.bootstrap import Portal


ADDRESS = "203.0.113.7"


@pytest.fixture(scope="module", params=KINDS)
def long_log(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Portal]":
    """A portal that nobody here writes to, whose log is long. Filling it takes much longer than any question."""
    from tests.support.portals import cheap_settings, open_portal  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("long-log")
    with (
        databases.fresh(request.param, folder) as url,
        open_portal(cheap_settings(url, folder / "instance")) as portal,
    ):
        _fill(portal)
        yield portal


def _fill(portal: "Portal") -> None:
    """Ten thousand entries by a hundred people, one in fifty of them failed."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with portal.reading() as session:
        address = personal_keys(session).indexes(ADDRESS)[0]
    people = [new_id() for _ in range(100)]
    entries: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "created_at": start + timedelta(minutes=number),
            "action": f"test.{number % 40}",
            "outcome": "failure" if number % 50 == 0 else "success",
            "actor_kind": "client" if number % 90 == 0 else "user",
            "client_id": people[number % 93],
            "ip_index": address if number % 900 == 0 else None,
            "request_id": f"req_{number // 3}",
            "actor_label": f"person {number % 100}",
            "actor_id": people[number % 100],
            "session_id": people[number % 99],
            "resource_label": "",
            "details": {},
        }
        for number in range(10_000)
    ]
    subjects = [
        {
            "entry_id": entry["id"],
            "position": 0,
            "resource_type": "user",
            "resource_id": people[number % 97],
            "resource_label": "",
            "created_at": entry["created_at"],
        }
        for number, entry in enumerate(entries)
    ]
    with portal.unit_of_work(CLI) as uow:
        uow.session.execute(insert(AuditLog), entries)
        uow.session.execute(insert(AuditSubject), subjects)
        uow.session.execute(text("ANALYZE"))


@pytest.mark.parametrize(
    ("pick", "index"),
    [
        (lambda _: AuditFilter(), "ix_audit_logs_created_at_id"),
        (lambda entry: AuditFilter(actor_id=entry.actor_id), "ix_audit_logs_actor_id_created_at_id"),
        (lambda entry: AuditFilter(session_id=entry.session_id), "ix_audit_logs_session_id_created_at_id"),
        (lambda entry: AuditFilter(actions=(entry.action,)), "ix_audit_logs_action_created_at_id"),
        (lambda _: AuditFilter(outcome="failure"), "ix_audit_logs_failures"),
        (lambda entry: AuditFilter(client_id=entry.client_id), "ix_audit_logs_client_use"),
        (lambda _: AuditFilter(actor_kind="client"), "ix_audit_logs_rare_actors"),
        (
            lambda entry: AuditFilter(subject_id=entry.subjects[0].resource_id),
            "ix_audit_subjects_resource_id_created_at_entry_id",
        ),
    ],
)
def test_a_page_is_read_off_its_index(
    long_log: "Portal", pick: Callable[[Entry], AuditFilter], index: str
) -> None:
    with long_log.reading() as session:
        entry = AuditEntries(session).page(size=4000).items[-1]
        wanted = pick(entry)
        session.rollback()
        with plans(long_log) as found:
            page = AuditEntries(session).page(wanted, size=10, before=entry.id)
    assert len(page.items) == 10
    plan = next(plan for plan in found if "ix_audit" in plan)
    assert index in plan
    assert "Seq Scan" not in plan
    assert "SCAN audit" not in plan.replace("USING", "")
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_what_shares_a_request_is_found_by_its_index(long_log: "Portal") -> None:
    with long_log.reading() as session, plans(long_log) as found:
        page = AuditEntries(session).page(AuditFilter(request_id="req_7"))
    assert len(page.items) == 3
    assert any("ix_audit_logs_request_id" in plan for plan in found)


def test_an_address_is_found_by_its_index(long_log: "Portal") -> None:
    with long_log.reading() as session, plans(long_log) as found:
        page = AuditEntries(session).page(AuditFilter(ip=ADDRESS), size=10)
    assert len(page.items) == 10
    plan = next(plan for plan in found if "audit_logs" in plan)
    assert "ix_audit_logs_ip_index_created_at_id" in plan
    assert "ix_audit_logs_ip_created_at_id" in plan  # entries from before addresses were sealed


def test_a_count_stops_at_its_ceiling(long_log: "Portal") -> None:
    with long_log.reading() as session:
        entries = AuditEntries(session)
        assert entries.count(AuditFilter()) == COUNT_CEILING + 1
        assert entries.count(AuditFilter(outcome="failure")) == 200
