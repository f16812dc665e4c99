"""No token outlives what it rests on: the roles and groups that it tells of, and the leave to use the app."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.access.models import Role
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.holding import (
    give,
    give_group,
    join,
    make_group,
    make_role,
    prolong,
    take,
)
from tests.oauth.steps import App, payload_of, sign_in_to, tokens_for, userinfo
from tests.support.portals import MovableClock

ROLES = "openid offline_access roles"
GROUPS = "openid offline_access groups"
USUAL = 3600


@pytest.fixture
def deployer(portal: Portal) -> Role:
    return make_role(portal, "deployer")


@pytest.fixture
def telling_app(register_app: RegisterApp) -> App:
    return register_app("web", access_claims=["roles", "groups"])


@pytest.fixture
def lives(program: FlaskClient) -> Callable[[App, dict[str, Any]], tuple[bool, bool, bool]]:
    """Whether userinfo takes the access token, and introspection calls it and the refresh token active."""

    def asked(app: App, tokens: dict[str, Any]) -> tuple[bool, bool, bool]:
        active = [
            app.post(program, "/oauth2/introspect", token=tokens[kind]).get_json()["active"]
            for kind in ("access_token", "refresh_token")
        ]
        return userinfo(program, tokens["access_token"]).status_code == 200, active[0], active[1]

    return asked


def test_tokens_end_with_the_first_role_that_they_tell_of(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
) -> None:
    """The scope alone binds them, whether or not the tokens themselves say it."""
    end = clock.now() + timedelta(minutes=2)
    give(portal, maya, deployer, until=end)
    tokens = tokens_for(visitor, web_app, scope=ROLES)
    access, identity = payload_of(tokens["access_token"]), payload_of(tokens["id_token"])
    assert access["exp"] == identity["exp"] == int(end.timestamp())
    assert tokens["expires_in"] == access["exp"] - access["iat"] <= 120
    facts = web_app.post(program, "/oauth2/introspect", token=tokens["refresh_token"]).get_json()
    assert facts["exp"] == int(end.timestamp())
    clock.advance(minutes=2)
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 400
    clock.advance(seconds=31)
    assert userinfo(program, tokens["access_token"]).status_code == 401


def test_a_role_that_no_scope_tells_of_binds_nothing(
    portal: Portal, visitor: FlaskClient, web_app: App, maya: User, deployer: Role, clock: MovableClock
) -> None:
    give(portal, maya, deployer, until=clock.now() + timedelta(minutes=2))
    assert tokens_for(visitor, web_app, scope="openid email offline_access")["expires_in"] == USUAL
    assert tokens_for(visitor, web_app, scope=GROUPS)["expires_in"] == USUAL


@pytest.mark.parametrize("ending", ["membership", "role of the group"])
def test_the_first_end_on_the_way_through_a_group_counts(
    portal: Portal,
    visitor: FlaskClient,
    web_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
    ending: str,
) -> None:
    soon, late = clock.now() + timedelta(minutes=2), clock.now() + timedelta(days=1)
    builders = make_group(portal, "builders")
    join(portal, maya, builders, until=soon if ending == "membership" else late)
    give_group(portal, builders, deployer, until=late if ending == "membership" else soon)
    assert payload_of(tokens_for(visitor, web_app, scope=ROLES)["access_token"])["exp"] == int(
        soon.timestamp()
    )


def test_a_role_held_twice_binds_with_its_later_end(
    portal: Portal, visitor: FlaskClient, web_app: App, maya: User, deployer: Role, clock: MovableClock
) -> None:
    give(portal, maya, deployer, until=clock.now() + timedelta(minutes=2))
    builders = make_group(portal, "builders")
    join(portal, maya, builders)
    give_group(portal, builders, deployer)
    assert tokens_for(visitor, web_app, scope=ROLES)["expires_in"] == USUAL


def test_a_refresh_binds_anew(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
) -> None:
    give(portal, maya, deployer, until=clock.now() + timedelta(minutes=2))
    tokens = tokens_for(visitor, web_app, scope=ROLES)
    prolong(portal, maya, deployer, until=None)
    clock.advance(minutes=1)
    tokens = web_app.refresh(program, tokens["refresh_token"]).get_json()
    assert tokens["expires_in"] == USUAL
    join(portal, maya, make_group(portal, "guests"), until=clock.now() + timedelta(minutes=2))
    assert web_app.refresh(program, tokens["refresh_token"]).get_json()["expires_in"] == USUAL, (
        "no groups in it"
    )


def test_what_ends_within_this_second_has_ended(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    telling_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
) -> None:
    """A token that lives for no second would be taken for one without end by some libraries."""
    end = clock.now() + timedelta(minutes=1)
    give(portal, maya, deployer, until=end)
    code = sign_in_to(visitor, telling_app, scope=ROLES)["code"]
    clock.advance(seconds=(end - clock.now()).total_seconds() - 0.5)
    tokens = telling_app.redeem(program, code).get_json()
    assert tokens["expires_in"] == USUAL
    assert payload_of(tokens["access_token"])["roles"] == ["user"]


def test_a_taken_role_counts_at_the_next_use(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    maya: User,
    deployer: Role,
    lives: Callable[[App, dict[str, Any]], tuple[bool, bool, bool]],
) -> None:
    """Tokens that say nothing about roles live on, and the portal tells what is so now."""
    give(portal, maya, deployer)
    tokens = tokens_for(visitor, web_app, scope=ROLES)
    assert userinfo(program, tokens["access_token"]).get_json()["roles"] == ["deployer", "user"]
    take(portal, maya, deployer)
    assert lives(web_app, tokens) == (True, True, True)
    assert userinfo(program, tokens["access_token"]).get_json()["roles"] == ["user"]


def test_a_token_that_says_what_is_no_longer_so_is_worth_nothing(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    telling_app: App,
    maya: User,
    deployer: Role,
    lives: Callable[[App, dict[str, Any]], tuple[bool, bool, bool]],
) -> None:
    give(portal, maya, deployer)
    tokens = tokens_for(visitor, telling_app, scope=ROLES)
    assert payload_of(tokens["access_token"])["roles"] == ["deployer", "user"]
    give(portal, maya, make_role(portal, "reader"))
    assert lives(telling_app, tokens) == (True, True, True), "a role more makes nothing untrue"
    take(portal, maya, deployer)
    assert lives(telling_app, tokens) == (False, False, True)
    fresh = telling_app.refresh(program, tokens["refresh_token"]).get_json()
    assert payload_of(fresh["access_token"])["roles"] == ["reader", "user"]
    assert payload_of(fresh["id_token"])["roles"] == ["reader", "user"]
    assert lives(telling_app, fresh) == (True, True, True)


def test_an_end_that_was_brought_forward_counts_at_its_time(
    portal: Portal,
    visitor: FlaskClient,
    telling_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
    lives: Callable[[App, dict[str, Any]], tuple[bool, bool, bool]],
) -> None:
    give(portal, maya, deployer, until=clock.now() + timedelta(days=1))
    tokens = tokens_for(visitor, telling_app, scope=ROLES)
    prolong(portal, maya, deployer, until=clock.now() + timedelta(minutes=2))
    clock.advance(minutes=1)
    assert lives(telling_app, tokens) == (True, True, True)
    clock.advance(minutes=1)
    assert lives(telling_app, tokens) == (False, False, True)


@pytest.mark.parametrize("way", ["role", "role of a group", "group"])
def test_tokens_end_with_the_leave_to_use_the_app(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    web_app: App,
    maya: User,
    deployer: Role,
    clock: MovableClock,
    way: str,
) -> None:
    """By a role, a role through a group or a group alike; without any scope that would tell of it."""
    end, builders = clock.now() + timedelta(minutes=2), make_group(portal, "builders")
    roles, groups = ([], [builders.id]) if way == "group" else ([deployer.id], [])
    with portal.unit_of_work(SYSTEM) as uow:
        form = ClientAccess(audience="roles", role_ids=roles, group_ids=groups)
        set_client_access(uow, client_row(portal, web_app).id, form)
    if way == "role":
        give(portal, maya, deployer, until=end)
    else:
        join(portal, maya, builders, until=end)
        give_group(portal, builders, deployer)
    tokens = tokens_for(visitor, web_app, scope="openid offline_access")
    assert payload_of(tokens["access_token"])["exp"] == int(end.timestamp())
    clock.advance(minutes=1)
    assert web_app.refresh(program, tokens["refresh_token"]).get_json()["expires_in"] <= 60
    clock.advance(minutes=1)
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.post(program, "/oauth2/introspect", token=tokens["access_token"]).get_json() == {
        "active": False
    }
