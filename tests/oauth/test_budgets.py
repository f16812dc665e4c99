"""What a request may cost, in statements: audit included, marks of transactions not."""

import pytest
from flask.testing import FlaskClient

from portal.access.repository import Roles
from portal.bootstrap import Portal
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.steps import App, answer_consent, authorize, sign_in_to, tokens_for, userinfo
from tests.support.statements import statements


def most(portal: Portal, on_sqlite: int, on_postgresql: int) -> int:
    """An entry of the audit log and what it touched are one statement on PostgreSQL, where each is a round trip."""
    return on_sqlite if portal.engine.dialect.name == "sqlite" else on_postgresql


EVERYTHING = "openid profile email offline_access roles groups permissions"


@pytest.fixture
def closed_app(portal: Portal, register_app: RegisterApp) -> App:
    """Everybody may use it by their role, and it is told everything, in tokens too: the dearest there is."""
    app = register_app("web", access_claims=["roles", "groups", "permissions"], everyone_may_use=False)
    with portal.unit_of_work(SYSTEM) as uow:
        role = Roles(uow.session).by_name("user")
        assert role is not None
        form = ClientAccess(audience="roles", role_ids=[role.id])
        set_client_access(uow, client_row(portal, app).id, form)
    return app


@pytest.fixture
def warm_app(visitor: FlaskClient, program: FlaskClient, web_app: App) -> App:
    """An app that somebody has signed in to before."""
    tokens = tokens_for(visitor, web_app)
    assert userinfo(program, tokens["access_token"]).status_code == 200
    return web_app


def test_a_code_costs_seven(portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    """The very first one, which sets the time of the first sign-in too. The hourly stamp of its secret is made."""
    code = sign_in_to(visitor, web_app)["code"]
    web_app.post(program, "/oauth2/introspect", token="none")
    with statements(portal.engine) as asked:
        assert web_app.redeem(program, code).status_code == 200
    assert len(asked) <= most(portal, 7, 6), asked


def test_a_refresh_costs_five(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, warm_app: App
) -> None:
    refresh_token = tokens_for(visitor, warm_app)["refresh_token"]
    with statements(portal.engine) as asked:
        assert warm_app.refresh(program, refresh_token).status_code == 200
    assert len(asked) <= most(portal, 5, 4), asked


@pytest.mark.usefixtures("warm_app")
def test_what_ends_with_something_costs_no_more(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, closed_app: App
) -> None:
    code = sign_in_to(visitor, closed_app, scope=EVERYTHING)["code"]
    closed_app.post(program, "/oauth2/introspect", token="none")
    with statements(portal.engine) as asked:
        tokens = closed_app.redeem(program, code).get_json()
    assert len(asked) <= most(portal, 8, 7), asked
    with statements(portal.engine) as asked:
        tokens = closed_app.refresh(program, tokens["refresh_token"]).get_json()
    assert len(asked) <= most(portal, 6, 5), asked
    with statements(portal.engine) as asked:
        assert userinfo(program, tokens["access_token"]).get_json()["roles"] == ["user"]
    assert len(asked) <= 2, asked
    with statements(portal.engine) as asked:
        answer = closed_app.post(program, "/oauth2/introspect", token=tokens["access_token"])
    assert answer.get_json()["active"] is True
    assert len(asked) <= 2, asked


def test_client_credentials_cost_three_at_most(
    portal: Portal, program: FlaskClient, register_app: RegisterApp
) -> None:
    service = register_app("service")
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
    with statements(portal.engine) as asked:
        assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
    assert len(asked) <= most(portal, 3, 2), asked


@pytest.mark.parametrize(("scope", "cost"), [("openid profile email", 1), (EVERYTHING, 2)])
def test_userinfo_costs_two_at_most(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, warm_app: App, *, scope: str, cost: int
) -> None:
    access_token = tokens_for(visitor, warm_app, scope=scope)["access_token"]
    with statements(portal.engine) as asked:
        assert userinfo(program, access_token).status_code == 200
    assert len(asked) <= cost, asked


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_introspection_costs_one(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, warm_app: App, *, kind: str
) -> None:
    token = tokens_for(visitor, warm_app)[kind]
    with statements(portal.engine) as asked:
        answer = warm_app.post(program, "/oauth2/introspect", token=token)
    assert answer.get_json()["active"] is True
    assert len(asked) <= 1, asked


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks"]
)
def test_documents_cost_nothing(portal: Portal, program: FlaskClient, path: str) -> None:
    program.get(path)
    with statements(portal.engine) as asked:
        assert program.get(path).status_code == 200
    assert asked == []


def test_a_silent_sign_in_costs_six_at_most(portal: Portal, visitor: FlaskClient, warm_app: App) -> None:
    """One for who is there, one for the client, one for where they stand; the code, and two lines of the audit log."""
    with statements(portal.engine) as asked:
        assert "code" in sign_in_to(visitor, warm_app, prompt="none")
    assert len(asked) <= most(portal, 6, 5), asked


def test_a_request_that_must_ask_costs_one_row(portal: Portal, client: FlaskClient, warm_app: App) -> None:
    """Of a flow; a silent one that can't be answered writes nothing at all."""
    with statements(portal.engine) as asked:
        authorize(client, warm_app.request(prompt="none"))
    assert [text.split()[0] for text in asked] == ["SELECT"]
    with statements(portal.engine) as asked:
        client.get("/oauth2/authorize", query_string=warm_app.request())
    assert [text.split()[0] for text in asked] == ["SELECT", "INSERT"]


def test_a_first_consent_costs_eleven_at_most(portal: Portal, visitor: FlaskClient, web_app: App) -> None:
    """Remembered in one statement; code, flow, and two entries of the audit log."""
    page = authorize(visitor, web_app.request())
    with statements(portal.engine) as asked:
        assert "code=" in answer_consent(visitor, page).headers["Location"]
    assert len(asked) <= most(portal, 11, 9), asked
