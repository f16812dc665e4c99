"""A logout call until it has arrived: tried again, given up, made once, and seen by operators."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.grants.models import LogoutNotice
from portal.infra.actor import SYSTEM
from portal.infra.outbox import GIVE_UP_AFTER, Outbox
from portal.jobs.delivery import deliver_due
from portal.jobs.worker import Worker
from tests.oauth.conftest import audit_of, client_row
from tests.oauth.leaving import Listening, calls, leave, listening, receiver
from tests.oauth.steps import hidden_fields, payload_of, tokens_for
from tests.support.portals import MovableClock, open_portal
from tests.support.receivers import Receiver

__all__ = ["listening", "receiver"]

pytestmark = pytest.mark.settings(fetch_loopback=True)


# ------------------------------------------------------------------------------------------- until it has arrived


def test_an_app_that_is_down_is_called_again_for_a_day(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver, clock: MovableClock
) -> None:
    app = listening()
    receiver.status = 503
    leave(visitor, tokens_for(visitor, app)["id_token"])
    began, waits = clock.now(), []
    while calls(portal)[0].state == "waiting":
        deliver_due(portal)
        waits.append(calls(portal)[0].available_at - clock.now())
        clock.advance(seconds=max(waits[-1].total_seconds(), 0) + 1)
    assert clock.now() - began > GIVE_UP_AFTER
    assert timedelta(seconds=3) < waits[0] < timedelta(seconds=6)  # 4 to 6, and real time goes on meanwhile
    assert max(waits) <= timedelta(minutes=30)
    assert calls(portal)[0].last_error == "The app answered 503."
    assert len({payload_of(token)["jti"] for token in receiver.tokens}) == len(receiver.tokens) > 40
    last = payload_of(receiver.tokens[-1])
    assert last["exp"] > (clock.now() - timedelta(hours=1)).timestamp(), "each signed when it was sent"


def test_an_app_that_comes_back_is_told_once(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver, clock: MovableClock
) -> None:
    app = listening()
    receiver.statuses = [500, 404]
    leave(visitor, tokens_for(visitor, app)["id_token"])
    for _ in range(5):
        deliver_due(portal)
        clock.advance(minutes=5)
    assert len(receiver.forms) == 3
    assert [message.state for message in calls(portal)] == ["delivered"]


@pytest.mark.parametrize(("status", "state"), [(204, "delivered"), (400, "failed"), (302, "failed")])
def test_a_clear_answer_ends_it(
    portal: Portal,
    visitor: FlaskClient,
    listening: Listening,
    receiver: Receiver,
    clock: MovableClock,
    status: int,
    state: str,
) -> None:
    """A redirect is no way around the rules about addresses (SECURITY.md C-9)."""
    app = listening()
    receiver.status = status
    leave(visitor, tokens_for(visitor, app)["id_token"])
    deliver_due(portal)
    clock.advance(hours=1)
    deliver_due(portal)
    assert len(receiver.forms) == 1
    assert [message.state for message in calls(portal)] == [state]


@pytest.mark.settings(fetch_loopback=False)
def test_no_call_goes_into_the_house(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver
) -> None:
    leave(visitor, tokens_for(visitor, listening())["id_token"])
    deliver_due(portal)
    assert receiver.forms == []
    assert [message.state for message in calls(portal)] == ["failed"]


def test_a_worker_that_died_in_the_middle_is_made_up_for(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver, clock: MovableClock
) -> None:
    leave(visitor, tokens_for(visitor, listening())["id_token"])
    with portal.unit_of_work(SYSTEM) as uow:
        assert len(Outbox(uow.session).claim_due(at=uow.now)) == 1, "and then its process was killed"
    assert deliver_due(portal) == 0, "it may still be alive"
    clock.advance(seconds=61)
    assert deliver_due(portal) == 1
    assert len(receiver.tokens) == 1


def test_two_workers_deliver_once(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver
) -> None:
    apps = [listening(f"App {number}") for number in range(6)]
    hints = [tokens_for(visitor, app)["id_token"] for app in apps]
    leave(visitor, hints[0])
    with open_portal(portal.settings, portal.ports.clock) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(deliver_due, (portal, other)))
    assert sorted(payload_of(token)["aud"] for token in receiver.tokens) == sorted(
        app.client_id for app in apps
    )
    assert {message.attempts for message in calls(portal)} == {1}


def test_a_sign_out_is_told_within_seconds_of_it(
    portal: Portal, visitor: FlaskClient, listening: Listening, receiver: Receiver
) -> None:
    hint = tokens_for(visitor, listening())["id_token"]
    worker = Worker(portal)
    worker.start()
    try:
        leave(visitor, hint)
        assert receiver.came.wait(4), "the commit wakes the worker; the poll alone takes five seconds"
    finally:
        worker.stop()


# ---------------------------------------------------------------------------------------------- what operators see


@pytest.fixture
def operator(add_person: Callable[..., User], visitor_as: Callable[[User], FlaskClient]) -> FlaskClient:
    return visitor_as(add_person("ada@meridian.example", name="Ada", administrator=True))


def test_operators_see_each_call_and_can_repeat_it(
    portal: Portal,
    visitor: FlaskClient,
    operator: FlaskClient,
    listening: Listening,
    receiver: Receiver,
) -> None:
    app = listening()
    path = f"/admin/apps/{client_row(portal, app).id}/logouts"
    assert "Nobody has signed out yet" in operator.get(path).text
    receiver.status = 400
    leave(visitor, tokens_for(visitor, app)["id_token"])
    deliver_due(portal)
    page = operator.get(path)
    assert "Given up" in page.text
    assert "The app refused the logout token (400)." in page.text
    assert "has missed a sign-out lately" in page.text
    receiver.status = 200
    (notice,) = _notices(portal)
    repeat = f"{path}/{notice.id}/repeat"
    assert operator.post(repeat, data=hidden_fields(page, repeat)).status_code == 303
    deliver_due(portal)
    assert [message.state for message in calls(portal)] == ["failed", "delivered"]
    assert "Taken" in operator.get(path).text
    assert len(audit_of(portal, "client.logout_repeated")) == 1


def test_a_call_that_waits_is_made_now(
    portal: Portal,
    visitor: FlaskClient,
    operator: FlaskClient,
    listening: Listening,
    receiver: Receiver,
    clock: MovableClock,
) -> None:
    app = listening()
    path = f"/admin/apps/{client_row(portal, app).id}/logouts"
    receiver.statuses = [500, 500, 500, 500]
    leave(visitor, tokens_for(visitor, app)["id_token"])
    for _ in range(4):
        deliver_due(portal)
        clock.advance(seconds=30)
    (notice,) = _notices(portal)
    repeat = f"{path}/{notice.id}/repeat"
    page = operator.get(path)
    assert "Send now" in page.text
    assert operator.post(repeat, data=hidden_fields(page, repeat)).status_code == 303
    deliver_due(portal)
    assert [message.state for message in calls(portal)] == ["delivered"]


def test_one_app_does_not_reach_anothers_calls(
    portal: Portal, visitor: FlaskClient, operator: FlaskClient, listening: Listening
) -> None:
    mine, other = listening("Mine"), listening("Other")
    leave(visitor, tokens_for(visitor, mine)["id_token"])
    (notice,) = _notices(portal)
    page = operator.get(f"/admin/apps/{client_row(portal, mine).id}/logouts")
    form = hidden_fields(page, f"/admin/apps/{client_row(portal, mine).id}/logouts/{notice.id}/repeat")
    path = f"/admin/apps/{client_row(portal, other).id}/logouts/{notice.id}/repeat"
    assert operator.post(path, data=form).status_code == 404
    assert len(calls(portal)) == 1


def _notices(portal: Portal) -> list[LogoutNotice]:
    with portal.reading() as session:
        return list(session.scalars(select(LogoutNotice).order_by(LogoutNotice.id)))
