"""Tokens that came through the browser end with everything that tokens end with; a code that came along joins them."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.grants.models import Grant, TokenFamily
from portal.grants.usecases.connections import disconnect
from portal.infra.actor import SYSTEM
from portal.sessions.repository import Sessions
from portal.sessions.services import end
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.steps import App, payload_of, userinfo
from tests.oauth.test_front_channel import GRANTS, TYPES
from tests.oauth.ways_back import ask
from tests.support.portals import MovableClock

pytestmark = pytest.mark.settings(implicit_flow=True)

End = Callable[[Portal, App, User, str], None]


@pytest.fixture
def old_app(register_app: RegisterApp) -> App:
    return register_app("legacy", response_types=["code", *TYPES], grant_types=GRANTS)


def _disable_user(portal: Portal, _app: App, maya: User, _token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.merge(maya).is_active = False


def _leave_everywhere(portal: Portal, _app: App, maya: User, _token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.merge(maya).security_epoch += 1


def _end_session(portal: Portal, _app: App, maya: User, token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        family = uow.session.get(TokenFamily, UUID(payload_of(token)["family"]))
        assert family is not None
        session = Sessions(uow.session).get(family.session_id) if family.session_id else None
        assert session is not None
        end(uow, session, maya.ref, "signed_out")


def _take_back(portal: Portal, _app: App, maya: User, _token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        grant = uow.session.scalars(select(Grant).where(Grant.user_id == maya.id)).one()
        disconnect(uow, grant.id, owner=maya.ref)


def _disable_app(portal: Portal, app: App, _maya: User, _token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        client = Clients(uow.session).get(client_row(portal, app).id)
        client.is_active, client.updated_at = False, uow.now


def _close_app(portal: Portal, app: App, _maya: User, _token: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        client = Clients(uow.session).get(client_row(portal, app).id)
        client.everyone_may_use, client.updated_at = False, uow.now


@pytest.mark.parametrize(
    "ending", [_disable_user, _leave_everywhere, _end_session, _take_back, _disable_app, _close_app]
)
@pytest.mark.parametrize("kind", ["id_token token", "code token"])
def test_a_token_from_the_browser_dies_with(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    old_app: App,
    maya: User,
    ending: End,
    kind: str,
) -> None:
    token = ask(visitor, old_app, response_type=kind, scope="openid").told["access_token"]
    assert userinfo(program, token).status_code == 200
    ending(portal, old_app, maya, token)
    assert userinfo(program, token).status_code == 401


@pytest.mark.parametrize("kind", ["code token", "code id_token token"])
def test_a_code_joins_the_family_of_its_token_and_a_replay_ends_both(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, old_app: App, kind: str
) -> None:
    told = ask(visitor, old_app, response_type=kind).told
    redeemed = old_app.redeem(program, told["code"]).get_json()
    early, late = told["access_token"], redeemed["access_token"]
    assert payload_of(early)["family"] == payload_of(late)["family"]
    assert [userinfo(program, token).status_code for token in (early, late)] == [200, 200]
    assert old_app.redeem(program, told["code"]).status_code == 400
    assert [userinfo(program, token).status_code for token in (early, late)] == [401, 401]
    assert old_app.refresh(program, redeemed["refresh_token"]).status_code == 400


def test_a_redeemed_code_lets_its_family_live_as_long_as_any_other(
    visitor: FlaskClient, program: FlaskClient, old_app: App, clock: MovableClock
) -> None:
    told = ask(visitor, old_app, response_type="code token").told
    refresh_token = old_app.redeem(program, told["code"]).get_json()["refresh_token"]
    clock.advance(days=3)
    assert userinfo(program, told["access_token"]).status_code == 401
    assert old_app.refresh(program, refresh_token).status_code == 200


def test_an_id_token_alone_leaves_nothing_behind(portal: Portal, visitor: FlaskClient, old_app: App) -> None:
    for kind in ("id_token", "code id_token"):
        ask(visitor, old_app, response_type=kind)
    with portal.reading() as session:
        assert session.scalars(select(TokenFamily)).all() == []
