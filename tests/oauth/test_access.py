"""Whoever may not, may not: closed apps, disabled people, ended sessions, and each at once (SECURITY.md C-5)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.access.models import UserRole
from portal.access.repository import Roles
from portal.access.services import assign_role
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import disable_client, set_client_access
from portal.grants.repository.grants import Grants
from portal.grants.usecases.connections import disconnect
from portal.infra.actor import SYSTEM
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.usecases.sign_out import end_all_sessions
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.holding import join, make_group
from tests.oauth.steps import (
    App,
    answer_consent,
    authorize,
    hidden_fields,
    returned,
    sign_in_to,
    tokens_for,
    userinfo,
)
from tests.support.portals import MovableClock

Act = Callable[[UnitOfWork, User, App], None]


@pytest.fixture
def closed_app(portal: Portal, register_app: RegisterApp) -> App:
    """Open to auditors only."""
    app = register_app("web")
    with portal.unit_of_work(SYSTEM) as uow:
        auditor = Roles(uow.session).by_name("auditor")
        assert auditor is not None
        form = ClientAccess(audience="roles", role_ids=[auditor.id])
        set_client_access(uow, client_row(portal, app).id, form)
    return app


def test_a_closed_app_is_a_page_that_says_where_to_ask(
    portal: Portal, visitor: FlaskClient, closed_app: App
) -> None:
    page = authorize(visitor, closed_app.request())
    assert page.status_code == 403
    assert f'href="/account/requests/new?client={client_row(portal, closed_app).id}"' in page.text
    assert returned(answer_consent(visitor, page, "deny"))["error"] == "access_denied"
    assert returned(authorize(visitor, closed_app.request(prompt="none")))["error"] == "access_denied"


def test_a_closed_app_opens_by_the_right_group_only(
    portal: Portal, visitor: FlaskClient, closed_app: App, maya: User
) -> None:
    builders, others = make_group(portal, "builders"), make_group(portal, "others")
    with portal.unit_of_work(SYSTEM) as uow:
        form = ClientAccess(audience="roles", group_ids=[builders.id])
        set_client_access(uow, client_row(portal, closed_app).id, form)
    join(portal, maya, others)
    assert returned(authorize(visitor, closed_app.request(prompt="none")))["error"] == "access_denied"
    join(portal, maya, builders)
    assert "access_token" in tokens_for(visitor, closed_app)


@pytest.mark.settings(throttles=True)
def test_who_is_turned_away_is_remembered_once_in_a_while(
    portal: Portal, visitor: FlaskClient, closed_app: App, maya: User
) -> None:
    authorize(visitor, closed_app.request())
    authorize(visitor, closed_app.request(prompt="none"))
    (entry,) = audit_of(portal, "client.turned_away")
    assert entry.outcome == "failure"
    assert {subject.resource_type for subject in entry.subjects} == {"client", "user"}
    assert audit_of(portal, "client.signed_in") == []


def test_the_page_can_not_be_answered_with_yes(visitor: FlaskClient, closed_app: App) -> None:
    page = authorize(visitor, closed_app.request())
    form = {**hidden_fields(page, "/oauth2/consent"), "decision": "allow"}
    assert visitor.post("/oauth2/consent", data=form).status_code == 403


def test_a_role_opens_the_app_until_it_ends(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    closed_app: App,
    maya: User,
    clock: MovableClock,
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        assign_role(uow, "auditor", to=maya.ref, expires_at=uow.now + timedelta(hours=1))
    tokens = tokens_for(visitor, closed_app)
    clock.advance(minutes=59)
    tokens = closed_app.refresh(program, tokens["refresh_token"]).get_json()
    assert userinfo(program, tokens["access_token"]).status_code == 200
    clock.advance(minutes=2)
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert closed_app.refresh(program, tokens["refresh_token"]).status_code == 400
    assert returned(authorize(visitor, closed_app.request(prompt="none")))["error"] == "access_denied"


def _disable_person(uow: UnitOfWork, maya: User, _app: App) -> None:
    user = Users(uow.session).get(maya.id)
    assert user is not None
    user.disable(reason="for a test", at=uow.now)


def _change_password(uow: UnitOfWork, maya: User, _app: App) -> None:
    user = Users(uow.session).get(maya.id)
    assert user is not None
    user.set_password("hash", at=uow.now)


def _delete_person(uow: UnitOfWork, maya: User, _app: App) -> None:
    uow.session.execute(delete(User).where(User.id == maya.id))


def _disconnect(uow: UnitOfWork, maya: User, _app: App) -> None:
    grant = Grants(uow.session).connections_of(maya.id)[0]
    disconnect(uow, grant.grant_id, owner=maya.ref)


def _close_app(uow: UnitOfWork, _maya: User, app: App) -> None:
    set_client_access(uow, _row(uow, app), ClientAccess(audience="roles", role_ids=[]))


def _disable_app(uow: UnitOfWork, _maya: User, app: App) -> None:
    disable_client(uow, _row(uow, app))


def _row(uow: UnitOfWork, app: App) -> UUID:
    client = Clients(uow.session).by_client_id(app.client_id)
    assert client is not None
    return client.id


ENDINGS: dict[str, Act] = {
    "the person is disabled": _disable_person,
    "the password is changed": _change_password,
    "the person is deleted": _delete_person,
    "the app is disconnected": _disconnect,
    "the app is closed to them": _close_app,
    "the app is switched off": _disable_app,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_everything_ends_at_once_when(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User, ending: str
) -> None:
    """Codes, access tokens, refresh tokens and introspection; with offline access, which outlives sessions only."""
    tokens, code = tokens_for(visitor, web_app), sign_in_to(visitor, web_app)["code"]
    with portal.unit_of_work(SYSTEM) as uow:
        ENDINGS[ending](uow, maya, web_app)
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.redeem(program, code).status_code in {400, 401}
    assert web_app.refresh(program, tokens["refresh_token"]).status_code in {400, 401}
    for token in (tokens["access_token"], tokens["refresh_token"]):
        answer = web_app.post(program, "/oauth2/introspect", token=token)
        assert answer.status_code == 401 or answer.get_json() == {"active": False}


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_signing_out_ends_what_has_no_leave_to_outlive_it(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User, scope: str
) -> None:
    tokens, code = (
        tokens_for(visitor, web_app, scope=scope),
        sign_in_to(visitor, web_app, scope=scope)["code"],
    )
    with portal.unit_of_work(SYSTEM) as uow:
        assert end_all_sessions(uow, maya.id) == 1
    goes_on = scope != "openid"
    assert (userinfo(program, tokens["access_token"]).status_code == 200) is goes_on
    assert (web_app.refresh(program, tokens["refresh_token"]).status_code == 200) is goes_on
    assert (web_app.redeem(program, code).status_code == 200) is goes_on


def test_a_session_that_ends_by_itself_ends_its_tokens_too(
    visitor: FlaskClient, program: FlaskClient, web_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, web_app, scope="openid")["refresh_token"]
    for _ in range(3):
        clock.advance(days=2)
        token = web_app.refresh(program, token).get_json()["refresh_token"]
    clock.advance(days=1, seconds=1)
    assert web_app.refresh(program, token).status_code == 400, "a session lasts seven days"


def test_signing_out_everywhere_reaches_where_nobody_came_by_for_a_day(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User, clock: MovableClock
) -> None:
    """Such a browser has to sign in again, but what an app got through it lives on for the session's seven days."""
    token = tokens_for(visitor, web_app, scope="openid")["refresh_token"]
    clock.advance(hours=25)
    with portal.unit_of_work(SYSTEM) as uow:
        assert end_all_sessions(uow, maya.id) == 1
    assert web_app.refresh(program, token).status_code == 400


def test_a_lost_role_counts_on_the_next_request(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, closed_app: App, maya: User
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        assign_role(uow, "auditor", to=maya.ref)
    tokens = tokens_for(visitor, closed_app)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(delete(UserRole).where(UserRole.user_id == maya.id))
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert closed_app.refresh(program, tokens["refresh_token"]).status_code == 400
