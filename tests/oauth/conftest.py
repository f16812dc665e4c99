"""Apps and people of the protocol's tests."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.bootstrap import Portal
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules import ClientKind
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.oauth.exchanging import exchanger
from tests.oauth.steps import CALLBACK, LEFT, App, tokens_for

RegisterApp = Callable[..., App]

SCOPES_OF_PEOPLE = "openid profile email offline_access roles groups permissions"


@pytest.fixture
def register_app(portal: Portal) -> RegisterApp:
    """`register_app("spa", require_consent=False)`: an app that everyone may use, with any column changed."""

    def register(
        kind: ClientKind = "web",
        *,
        name: str = "Kestrel CI",
        redirect_uris: tuple[str, ...] = (CALLBACK,),
        **columns: object,
    ) -> App:
        uris = [] if kind == "service" else list(redirect_uris)
        left = [] if kind == "service" else [LEFT]
        form = RegisterClient(
            client_name=name,
            kind=kind,
            redirect_uris=uris,
            post_logout_redirect_uris=left,
            audience="everyone",
        )
        with portal.unit_of_work(SYSTEM) as uow:
            made = register_client(uow, form)
            client = uow.session.merge(made.client)
            if kind != "service":
                client.scope = SCOPES_OF_PEOPLE
            for name_, value in columns.items():
                setattr(client, name_, value)
            method = client.token_endpoint_auth_method
        return App(
            client_id=made.client.client_id,
            secret=made.secret,
            auth_method=method,
            redirect_uri=redirect_uris[0],
        )

    return register


@pytest.fixture
def web_app(register_app: RegisterApp) -> App:
    """A confidential client."""
    return register_app("web")


@pytest.fixture
def maya(add_person: Callable[..., User]) -> User:
    return add_person("maya@meridian.example", name="Maya Okafor")


@pytest.fixture
def visitor(maya: User, visitor_as: Callable[[User], FlaskClient]) -> FlaskClient:
    """Maya's browser, signed in."""
    return visitor_as(maya)


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """A program that calls endpoints: no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def stock(register_app: RegisterApp, web_app: App) -> App:
    """A service that acts for people whose tokens the app gave it."""
    return exchanger(register_app, web_app)


@pytest.fixture
def token(visitor: FlaskClient, web_app: App) -> str:
    """Maya's, at the app that she signed in to."""
    return str(tokens_for(visitor, web_app)["access_token"])


def client_row(portal: Portal, app: App) -> Client:
    """The row behind an app."""
    with portal.reading() as session:
        client = Clients(session).by_client_id(app.client_id)
    assert client is not None
    return client


def audit_of(portal: Portal, *actions: str) -> list[Entry]:
    """Entries of these actions, newest first."""
    with portal.reading() as session:
        return AuditEntries(session).page(AuditFilter(actions=actions)).items
