"""What the log says of people stands apart under their keys, and opens for readers."""

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from portal.audit.models import AuditLog, AuditSubject
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import CLI
from tests.support.history import history
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
from tests.audit.people import DEVON, MAYA, SECRETS, move


def test_no_personal_value_lies_in_clear(portal: "Portal") -> None:
    move(portal)
    with portal.reading() as session:
        for table in (AuditLog, AuditSubject):
            rows = repr(session.execute(select(table.__table__)).all())
            assert [secret for secret in SECRETS if secret in rows] == []
    with portal.reading() as session:
        labels = session.scalars(select(AuditSubject.resource_label)).all()
    assert "Kestrel" in labels


def test_readers_see_what_was_written(portal: "Portal") -> None:
    move(portal)
    (entry,) = history(portal, "test.moved")
    assert (entry.actor_label, entry.ip, entry.user_agent) == (
        "maya.okafor",
        "203.0.113.7",
        "Firefox on Ubuntu",
    )
    assert (entry.before_state, entry.after_state, entry.details) == (
        {"street": None},
        {"street": "Rua Augusta"},
        {"count": 1},
    )
    assert (entry.reason, entry.resource_label, entry.is_erased) == ("ill for months", "devon.reyes", False)
    assert [row.resource_label for row in entry.subjects] == ["devon.reyes", "Kestrel"]


def test_a_warm_entry_costs_two_statements_at_most_and_a_page_one_more(portal: "Portal") -> None:
    move(portal)
    with statements(portal.engine) as asked:
        move(portal)
    # on PostgreSQL, where each is a round trip, the entry and what it touched are one
    assert len(asked) == {"sqlite": 2, "postgresql": 1}[portal.engine.dialect.name]
    with portal.reading() as session, statements(portal.engine) as asked:
        AuditEntries(session).page(AuditFilter(actions=("test.moved",)))
    assert len(asked) == 3


def test_a_value_that_was_moved_does_not_open(portal: "Portal") -> None:
    move(portal)
    move(portal)
    first, second = history(portal, "test.moved")
    with portal.engine.begin() as connection:
        other = select(AuditLog.sealed_actor).where(AuditLog.id == first.id).scalar_subquery()
        connection.execute(update(AuditLog).where(AuditLog.id == second.id).values(sealed_actor=other))
    _, second = history(portal, "test.moved")
    assert (second.actor_label, second.ip, second.is_erased) == ("unreadable", None, False)


def test_an_entry_of_the_release_before_reads_as_ever(portal: "Portal") -> None:
    with portal.unit_of_work(CLI) as uow:
        uow.session.add(
            AuditLog(
                created_at=uow.now, action="test.old", outcome="success", actor_kind="user", actor_id=MAYA,
                actor_label="maya", user_id=DEVON, resource_type="user", resource_id=DEVON, resource_label="devon",
                before_state=None, after_state={"a": 1}, details={}, reason="as before", ip="192.0.2.1",
                user_agent="Firefox", session_id=None, client_id=None, request_id=None,
            )
        )  # fmt: skip
    (entry,) = history(portal, "test.old")
    assert (entry.actor_label, entry.resource_label, entry.reason) == ("maya", "devon", "as before")
    assert (entry.ip, entry.after_state) == ("192.0.2.1", {"a": 1})
    with portal.reading() as session:
        assert len(AuditEntries(session).page(AuditFilter(ip="192.0.2.1")).items) == 1


def test_an_address_is_found_and_not_read(portal: "Portal") -> None:
    move(portal)
    with portal.reading() as session:
        entries = AuditEntries(session)
        assert [entry.ip for entry in entries.page(AuditFilter(ip="203.0.113.7")).items] == ["203.0.113.7"]
        assert entries.page(AuditFilter(ip="203.0.113.8")).items == []
        assert entries.count(AuditFilter(ip="203.0.113.7")) == 1
