"""Somebody who can write the database changes the log: whoever answers for it hears of it, wherever they look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from portal.admin import health
from portal.audit.models import AuditLog
from portal.jobs.sealing import keeper_of
from tests.admin.conftest import Operator, shown
from tests.audit.steps import live

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice


@pytest.fixture
def sealed(portal: Portal, maya: Operator, audrey: Operator, devon: Operator) -> UUID:
    """A history that was found in order; one entry of it."""
    live(portal, 12)
    keeper_of(portal).seal_waiting()
    assert keeper_of(portal).verify_some() is None
    with portal.reading() as session:
        return session.scalars(select(AuditLog.id).where(AuditLog.action == "test.built").limit(1)).one()


def put_outcome(portal: Portal, entry_id: UUID, outcome: str) -> None:
    """As somebody with all rights on the database does it."""
    with portal.engine.begin() as connection:
        connection.execute(update(AuditLog).where(AuditLog.id == entry_id).values(outcome=outcome))


def check(portal: Portal) -> health.Check:
    with portal.reading() as session:
        found = health.look(portal, session, reached_as="http://localhost")
    return next(one for one in found if one.name == "History")


@pytest.mark.settings(audit_checkpoint_mail="watch@example.org")
def test_a_broken_chain_is_told_by_mail_page_and_metric(
    portal: Portal,
    maya: Operator,
    audrey: Operator,
    devon: Operator,
    sealed: UUID,
    clock: MovableClock,
    deliver: Callable[[], int],
    post: PostOffice,
) -> None:
    deliver()
    before = len(post.messages)
    assert check(portal).state == "ok"
    put_outcome(portal, sealed, "failure")
    for _ in range(3):
        clock.advance(minutes=2)
        keeper_of(portal).verify_some()
    deliver()
    told = {mail["To"]: mail for mail in post.messages[before:]}
    assert len(post.messages) == before + 3, "once, not each minute"
    assert told.keys() == {maya.person.email, audrey.person.email, "watch@example.org"}
    assert told["watch@example.org"]["Subject"] == "Somebody has changed the audit log of Portal"
    text = told[maya.person.email].get_body(("plain",))
    assert text is not None
    assert f"entry {sealed.hex}: was changed after it was sealed" in text.get_content()
    assert "http://localhost/admin/audit" in text.get_content()
    assert check(portal).state == "danger"
    assert "is broken at position" in shown(maya.page("/admin"))
    page = shown(audrey.page("/admin/audit"))
    assert "Somebody has changed the log" in page
    assert sealed.hex in page
    counted = portal.ports.metrics.registry
    assert counted.get_sample_value("security_events_total", {"event": "audit_chain_broken"}) == 1


def test_a_chain_that_was_put_right_raises_no_alarm_any_more(
    portal: Portal, maya: Operator, sealed: UUID, clock: MovableClock
) -> None:
    for outcome in ("failure", "success"):
        put_outcome(portal, sealed, outcome)
        clock.advance(minutes=2)
        keeper_of(portal).verify_some()
    assert check(portal).state == "ok"
    assert "Somebody has changed the log" not in maya.page("/admin/audit")


def test_a_sealer_that_stands_still_is_an_alarm(portal: Portal, sealed: UUID, clock: MovableClock) -> None:
    live(portal, 1)
    assert check(portal).state == "ok"
    clock.advance(minutes=6)
    assert check(portal).text.startswith("Nothing has been sealed for 6 minutes.")
    keeper_of(portal).seal_waiting()
    assert check(portal).state == "ok"
    clock.advance(minutes=90)
    assert check(portal).state == "warning"
