"""An app that is disabled and enabled again: what it had been given stays dead, and it gets new tokens at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal.clients.usecases import disable_client, enable_client
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.devices import GRANT_TYPES, ask, decide, poll
from tests.oauth.exchanging import exchange, exchanged, is_alive
from tests.oauth.steps import App, authorize, returned, sign_in_to, tokens_for, userinfo

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


def pause(portal: Portal, clock: MovableClock, app: App, *, seconds: int = 5) -> None:
    """Switch it off, and on again a little later."""
    row = client_row(portal, app)
    clock.advance(seconds=1)
    for change in (disable_client, enable_client):
        with portal.unit_of_work(SYSTEM) as uow:
            change(uow, row.id)
        portal.clients.forget(row.id)
        clock.advance(seconds=seconds)


@pytest.fixture
def device_app(register_app: RegisterApp) -> App:
    return register_app("web", grant_types=GRANT_TYPES, require_consent=False)


def test_nothing_of_before_comes_back(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    device_app: App,
    stock: App,
    clock: MovableClock,
) -> None:
    code = sign_in_to(visitor, device_app)["code"]
    told = ask(program, device_app)
    decide(visitor, told["user_code"])
    tokens = tokens_for(visitor, device_app)
    pause(portal, clock, device_app)
    for name in ("access_token", "refresh_token"):
        assert not is_alive(program, device_app, tokens[name])
    assert userinfo(program, tokens["access_token"]).status_code == 401
    for refused in (
        device_app.refresh(program, tokens["refresh_token"]),
        device_app.redeem(program, code),
        poll(program, device_app, told["device_code"]),
    ):
        assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")


def test_people_need_not_agree_again_and_what_is_new_counts(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    tokens_for(visitor, web_app)
    pause(portal, clock, web_app)
    code = returned(authorize(visitor, web_app.request(prompt="none")))["code"]
    tokens: dict[str, Any] = web_app.redeem(program, code).get_json()
    assert userinfo(program, tokens["access_token"]).status_code == 200
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_a_services_own_token_stays_dead_too(
    portal: Portal, program: FlaskClient, register_app: RegisterApp, clock: MovableClock, form: str
) -> None:
    service = register_app("service", switches={"access_token_format": form})

    def fresh() -> str:
        answer = service.post(program, "/oauth2/token", grant_type="client_credentials")
        return str(answer.get_json()["access_token"])

    token = fresh()
    pause(portal, clock, service)
    assert not is_alive(program, service, token)
    assert is_alive(program, service, fresh())


@pytest.mark.parametrize("who", ["first", "acting"])
def test_what_was_exchanged_ends_with_either(
    portal: Portal, program: FlaskClient, web_app: App, stock: App, token: str, clock: MovableClock, who: str
) -> None:
    second = exchanged(program, stock, token)["access_token"]
    pause(portal, clock, web_app if who == "first" else stock)
    assert not is_alive(program, stock, second)
    assert exchange(program, stock, token).status_code == (400 if who == "first" else 200)


def test_what_was_under_way_while_it_was_switched_off_is_dead_as_well(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    """A request that another node had let in a moment before, by a clock that is a little ahead."""
    row = client_row(portal, web_app)
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, row.id)
        client = uow.session.get_one(type(row), row.id)
        client.is_active = True  # as that node still sees it
    portal.clients.forget(row.id)
    clock.advance(seconds=3)
    token = tokens_for(visitor, web_app)["access_token"]
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(type(row), row.id).is_active = False
    clock.advance(minutes=2)
    with portal.unit_of_work(SYSTEM) as uow:
        enable_client(uow, row.id)
    portal.clients.forget(row.id)
    assert not is_alive(program, web_app, token)
