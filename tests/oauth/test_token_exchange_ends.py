"""No token that was got by exchange outlives the one that was handed in for it, or whoever acts with it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.bootstrap import Portal
from portal.clients.usecases import disable_client
from portal.grants.repository.grants import Grants
from portal.grants.rules.exchange import ACCESS_TOKEN
from portal.grants.usecases.connections import disconnect
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.exchanging import exchange, exchanged, exchanger, is_alive, refusal_of
from tests.oauth.holding import give, make_role, permit, take
from tests.oauth.leaving import sign_out_here
from tests.oauth.steps import App, payload_of, tokens_for, userinfo
from tests.support.portals import MovableClock

ONLINE = "openid profile"


@pytest.fixture
def wages(register_app: RegisterApp, stock: App) -> App:
    """The next in the chain."""
    return exchanger(register_app, stock)


def test_revoking_the_first_ends_all_after_it(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, wages: App
) -> None:
    for which in ("access_token", "refresh_token"):
        tokens = tokens_for(visitor, web_app)
        second = exchanged(program, stock, tokens["access_token"])["access_token"]
        third = exchanged(program, wages, second)["access_token"]
        assert is_alive(program, stock, second)
        assert is_alive(program, wages, third)
        web_app.post(program, "/oauth2/revoke", token=tokens[which])
        assert not is_alive(program, stock, second)
        assert not is_alive(program, wages, third)
        assert userinfo(program, third).status_code == 401
        assert refusal_of(exchange(program, wages, second))[0] == "invalid_request"


def test_revoking_one_in_the_middle_harms_nothing_before_it(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, wages: App
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    second = exchanged(program, stock, token)["access_token"]
    third = exchanged(program, wages, second)["access_token"]
    stock.post(program, "/oauth2/revoke", token=second)
    assert not is_alive(program, wages, third)
    assert is_alive(program, web_app, token)


@pytest.mark.parametrize(("scope", "lives"), [(ONLINE, False), (f"{ONLINE} offline_access", True)])
def test_signing_out_ends_what_hangs_on_the_session(
    visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, *, scope: str, lives: bool
) -> None:
    token = tokens_for(visitor, web_app, scope=scope)["access_token"]
    second = exchanged(program, stock, token)["access_token"]
    sign_out_here(visitor)
    assert is_alive(program, web_app, token) is lives, "leave to stay is leave of the first"
    assert is_alive(program, stock, second) is lives


@pytest.mark.parametrize("what", ["connection", "person", "first app", "acting app"])
def test_disabling_anybody_ends_it(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    stock: App,
    wages: App,
    maya: User,
    *,
    what: str,
) -> None:
    """CVE-2025-65430, CVE-2026-1609: the person, what they allowed, the first app, the one that acts."""
    token = tokens_for(visitor, web_app)["access_token"]
    second = exchanged(program, stock, token)["access_token"]
    third = exchanged(program, wages, second)["access_token"]
    assert is_alive(program, wages, third)
    with portal.unit_of_work(SYSTEM) as uow:
        match what:
            case "connection":
                standing = Grants(uow.session).standing(maya.id, client_row(portal, web_app).id, at=uow.now)
                assert standing is not None
                assert standing.grant is not None
                disconnect(uow, standing.grant.id, owner=maya.ref)
            case "person":
                disable_user(uow, maya.id, DisableUser(reason="left"))
            case "first app":
                disable_client(uow, client_row(portal, web_app).id)
            case _:
                disable_client(uow, client_row(portal, stock).id)
    assert not is_alive(program, wages, third)
    assert refusal_of(exchange(program, wages, second))[0] == "invalid_request"


def test_it_never_lives_longer(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, web_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    clock.advance(seconds=3000)
    answer = exchanged(program, exchanger(register_app, web_app), token)
    assert payload_of(answer["access_token"])["exp"] == payload_of(token)["exp"]
    assert answer["expires_in"] <= 600
    short = exchanger(register_app, web_app, switches={"access_token_seconds": 90})
    assert exchanged(program, short, token)["expires_in"] == 90
    clock.advance(seconds=600)
    refused = exchange(program, short, token)
    assert refusal_of(refused)[0] == "invalid_request", "not even within the slack of clocks"


def test_sweeping_a_family_leaves_nothing_alive_below_it(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, stock: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    second = exchanged(program, stock, token)["access_token"]
    clock.advance(days=400)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_expired(uow)
    assert not is_alive(program, stock, second)


def test_it_ends_with_whoever_acts(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    stock: App,
    add_person: Callable[..., User],
    visitor_as: Callable[[User], FlaskClient],
    clock: MovableClock,
) -> None:
    kofi, role = add_person("kofi@meridian.example"), make_role(portal, "support agent")
    permit(portal, role, "token_exchange", "create")
    end = clock.now() + timedelta(minutes=5)
    give(portal, kofi, role, until=end)
    of_kofi = tokens_for(visitor_as(kofi), web_app)
    acting = {"actor_token": of_kofi["access_token"], "actor_token_type": ACCESS_TOKEN}
    token = tokens_for(visitor, web_app)["access_token"]
    second = exchanged(program, stock, token, **acting)
    assert payload_of(second["access_token"])["exp"] <= end.timestamp(), "with the leave to act"
    assert is_alive(program, stock, second["access_token"])
    web_app.post(program, "/oauth2/revoke", token=of_kofi["refresh_token"])
    assert not is_alive(program, stock, second["access_token"])
    assert is_alive(program, web_app, token)
    fresh = {**acting, "actor_token": tokens_for(visitor_as(kofi), web_app)["access_token"]}
    take(portal, kofi, role)
    assert refusal_of(exchange(program, stock, token, **fresh))[0] == "invalid_request"
