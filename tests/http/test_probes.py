"""What machines ask the portal."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.leases import WORK, take_lease

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def test_a_migrated_portal_is_ready(client: "FlaskClient") -> None:
    assert client.get("/health").get_json() == {"status": "ok"}
    assert client.get("/ready").get_json() == {"status": "ready"}


def test_another_schema_is_not_ready_but_alive(client: "FlaskClient", portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.get_json()["waiting_for"] == "migrations"
    assert client.get("/health").status_code == 200


@pytest.mark.settings(redis_url="redis://127.0.0.1:1/0")
def test_a_missing_redis_is_not_ready_but_pages_go_on(client: "FlaskClient") -> None:
    assert client.get("/ready").get_json()["waiting_for"] == "redis"
    assert client.get("/ready?without=redis").status_code == 200
    assert client.get("/login").status_code == 200


def test_the_schema_of_a_later_release_is_ready(client: "FlaskClient", portal: "Portal") -> None:
    """While that one takes over, this one goes on."""
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert client.get("/ready").status_code == 200


def test_a_portal_that_is_about_to_end_is_not_ready_but_alive(
    client: "FlaskClient", portal: "Portal"
) -> None:
    portal.leaving.set()
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["waiting_for"]) == (503, "its end")
    assert answer.headers["Retry-After"]
    assert client.get("/health").status_code == 200


def test_metrics_have_the_promised_names_and_routes_for_labels(client: "FlaskClient") -> None:
    client.get("/login")
    client.get("/recover/not-a-token-but-long")
    body = client.get("/metrics").text
    assert 'http_requests_total{endpoint="/login",method="GET",status="200"}' in body
    assert "http_request_duration_seconds_bucket" in body
    assert "http_active_requests" in body
    assert "database_connections_total" in body
    assert "not-a-token" not in body


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_metrics_are_not_for_who_comes_through_a_proxy_on_this_machine(
    client: "FlaskClient", header: str
) -> None:
    """Whom nobody has told the portal of: to it, the whole world is this machine then."""
    assert client.get("/metrics", headers={header: "203.0.113.7"}).status_code == 403


@pytest.mark.settings(metrics_token="scrape-me-if-you-can")
def test_with_a_token_metrics_are_for_its_bearer(client: "FlaskClient") -> None:
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-me-if-you-can"}).status_code == 200


def test_metrics_tell_how_promised_work_stands_whoever_does_it(
    client: "FlaskClient", portal: "Portal", clock: "MovableClock"
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.enqueue("recovery_mail", {})
        dead = uow.enqueue("recovery_mail", {})
        uow.session.flush()
        dead.give_up("no", at=uow.now)
        take_lease(uow, WORK, holder=new_id(), lasting=timedelta())
    clock.advance(seconds=90)
    body = client.get("/metrics").text
    assert "\noutbox_backlog 1.0" in body
    assert "\noutbox_dead_letters 1.0" in body
    assert re.search(r"\noutbox_oldest_seconds 9\d\.", body)
    assert re.search(r"\nworker_idle_seconds 9\d\.", body)
