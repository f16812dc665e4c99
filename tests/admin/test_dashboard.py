"""The first page of the console."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from portal.admin import health
from portal.clients.repository import Clients
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from portal.infra.leases import Lease
from portal.infra.outbox_standing import Standing
from portal.jobs.sealing import keeper_of
from tests.admin.conftest import Operator, shown
from tests.admin.test_clients import register, stored
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def renewed(*, minutes: float) -> Lease:
    """So long ago, for ten seconds."""
    at = NOW - timedelta(minutes=minutes)
    return Lease(name="x", holder=new_id(), renewed_at=at, ends_at=at + timedelta(seconds=10))


def test_it_counts_people_apps_and_sign_ins(maya: Operator, devon: Operator) -> None:
    register(maya)
    page = shown(maya.page("/admin"))
    for words in ("People 2 With an account", "Apps 1 Registered", "Signed in today 2", "Failed today 0"):
        assert words in page
    assert "maya registered the app Kestrel CI" in page


@pytest.mark.settings(smtp_url=None)
def test_the_first_steps_lead_to_the_first_sign_in(portal: Portal, maya: Operator) -> None:
    page = shown(maya.page("/admin"))
    assert "Connect a mail server Set PORTAL_SMTP_URL" in page
    assert "Register your first app Four questions" in page
    path = register(maya)
    page = shown(maya.page("/admin"))
    assert "Register your first app , done" in page
    assert "See the first sign-in Open the app" in page
    with portal.unit_of_work(CLI) as uow:
        Clients(uow.session).get_to_change(stored(portal, path).id).first_sign_in_at = uow.now
    assert "See the first sign-in , done" in shown(maya.page("/admin"))


def test_once_all_steps_are_done_they_are_gone(portal: Portal, maya: Operator) -> None:
    assert "First steps" in maya.page("/admin")
    path = register(maya)
    with portal.unit_of_work(CLI) as uow:
        Clients(uow.session).get_to_change(stored(portal, path).id).first_sign_in_at = uow.now
    assert "First steps" not in maya.page("/admin")


def test_a_well_portal_says_so(portal: Portal, maya: Operator) -> None:
    keeper_of(portal).seal_waiting()
    with portal.reading() as session:
        checks = health.look(portal, session, reached_as="http://localhost")
    assert {check.name: check.state for check in checks} == dict.fromkeys(
        ("Address", "Database", "Signing keys", "Mail", "Deliveries", "Workers", "Clock", "History"), "ok"
    )
    assert "Nothing waits" in maya.page("/admin")


def test_mail_that_nobody_delivers_is_an_alarm(portal: Portal, maya: Operator, clock: MovableClock) -> None:
    with portal.unit_of_work(CLI) as uow:
        uow.enqueue("recovery_mail", {"email": "devon@example.org", "flow_id": None})
    assert "1 on their way" in shown(maya.page("/admin"))
    clock.advance(minutes=12)
    assert "1 waiting, the oldest for 12 minutes" in shown(maya.page("/admin"))


def test_a_clock_that_was_set_back_is_an_alarm(portal: Portal, clock: MovableClock, maya: Operator) -> None:
    clock.advance(minutes=-10)
    with portal.reading() as session:
        checks = health.look(portal, session, reached_as="http://localhost")
    assert {check.name for check in checks if check.state == "danger"} == {"Clock"}


@pytest.mark.parametrize(
    ("check", "state"),
    [
        (health.address(issuer="https://id.example", reached_as="https://id.example"), "ok"),
        (health.address(issuer="https://id.example", reached_as="http://10.0.0.7"), "warning"),
        (health.database("sqlite", "0001", "0001"), "ok"),
        (health.database("postgresql", None, "0001"), "danger"),
        (health.keys(["active", "next", "retired"]), "ok"),
        (health.keys(["active"]), "warning"),
        (health.keys(["next"]), "danger"),
        (health.mail("smtps://mail.example"), "ok"),
        (health.mail(None), "warning"),
        (health.deliveries([], at=NOW), "ok"),
        (health.deliveries([Standing(waiting=3, oldest=NOW), Standing(waiting=1, oldest=NOW)], at=NOW), "ok"),
        (health.deliveries([Standing(given_up=1)], at=NOW), "warning"),
        (health.workers(None, None, jobs="embedded", at=NOW), "ok"),
        (health.workers(None, None, jobs="celery", at=NOW), "danger"),
        (health.workers(renewed(minutes=2), None, jobs="embedded", at=NOW), "ok"),
        (health.workers(renewed(minutes=6), None, jobs="embedded", at=NOW), "danger"),
        (health.workers(renewed(minutes=6), renewed(minutes=0), jobs="celery", at=NOW), "danger"),
        (health.workers(renewed(minutes=1), None, jobs="celery", at=NOW), "warning"),
        (health.workers(renewed(minutes=1), renewed(minutes=1), jobs="celery", at=NOW), "warning"),
        (health.workers(renewed(minutes=1), renewed(minutes=0), jobs="celery", at=NOW), "ok"),
        (health.redis(is_up=True), "ok"),
        (health.redis(is_up=False), "warning"),
    ],
)
def test_each_finding_has_its_weight(check: health.Check, state: str) -> None:
    assert check.state == state
    assert check.text


def test_patience_has_an_end(clock: MovableClock) -> None:
    now = clock.now()
    waits = Standing(waiting=3, oldest=now - health.PATIENCE)
    assert health.deliveries([waits], at=now).state == "ok"
    assert health.deliveries([waits], at=now + timedelta(seconds=1)).state == "danger"


def test_an_auditor_may_look_and_a_person_without_a_role_may_not(audrey: Operator, devon: Operator) -> None:
    page = audrey.page("/admin")
    assert "Health" in page
    assert "Register an app" not in page
    assert devon.get("/admin").status_code == 403


def test_numbers_beside_the_menu_are_those_that_may_be_seen(maya: Operator) -> None:
    register(maya)
    menu = maya.page("/admin").partition("<main")[0]
    assert 'Users<span class="count">1</span>' in " ".join(menu.split())
    assert 'Apps<span class="count">1</span>' in " ".join(menu.split())


def test_the_page_costs_few_statements(maya: Operator) -> None:
    register(maya)
    maya.portal.ports.cache.delete_prefix("admin:")
    with statements(maya.portal.engine) as asked:
        maya.page("/admin")
    assert len(asked) <= 26
