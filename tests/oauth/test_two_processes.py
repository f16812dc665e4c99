"""What one process has committed, the next request at another one sees (SECURITY.md D2.11)."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.bootstrap import Portal
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import disable_client, revoke_secret, rotate_secret
from portal.grants.usecases.keys import rotate_signing_key
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import new_key
from portal.infra.settings import Settings
from portal.infra.unit_of_work import UnitOfWork
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.steps import App, part_of, tokens_for, userinfo
from tests.support.portals import open_portal


@pytest.fixture
def elsewhere(settings: Settings, portal: Portal) -> Iterator[Portal]:
    """Another process of the same portal: the same database, its own copies of clients and keys."""
    with open_portal(settings, portal.ports.clock) as other:
        yield other


def _revoke_all_secrets(uow: UnitOfWork, app: App) -> None:
    client = Clients(uow.session).by_client_id(app.client_id)
    assert client is not None
    for secret in ClientSecrets(uow.session).live_of(client.id, at=uow.now):
        revoke_secret(uow, client.id, secret.id)


def _disable(uow: UnitOfWork, app: App) -> None:
    client = Clients(uow.session).by_client_id(app.client_id)
    assert client is not None
    disable_client(uow, client.id)


@pytest.mark.parametrize("act", [_revoke_all_secrets, _disable])
def test_a_client_that_lost_its_right_elsewhere_has_lost_it_here(
    elsewhere: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    act: Callable[[UnitOfWork, App], None],
) -> None:
    web, service = register_app("web"), register_app("service")
    tokens = tokens_for(visitor, web)
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
    with elsewhere.unit_of_work(SYSTEM) as uow:
        act(uow, web)
        act(uow, service)
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 401
    refreshed = web.refresh(program, tokens["refresh_token"])
    assert (refreshed.status_code, refreshed.get_json()["error"]) == (401, "invalid_client")
    introspected = web.post(program, "/oauth2/introspect", token=tokens["access_token"])
    assert introspected.status_code == 401 or introspected.get_json() == {"active": False}


def test_a_secret_made_elsewhere_works_here_at_once(
    portal: Portal, elsewhere: Portal, program: FlaskClient, register_app: RegisterApp
) -> None:
    service = register_app("service")
    assert service.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200
    with elsewhere.unit_of_work(SYSTEM) as uow:
        fresh = rotate_secret(uow, client_row(portal, service).id, RotateSecret())
    renewed = App(client_id=service.client_id, secret=fresh.text, auth_method=service.auth_method)
    assert renewed.post(program, "/oauth2/token", grant_type="client_credentials").status_code == 200


def test_a_person_disabled_elsewhere_is_out_here(
    elsewhere: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    tokens = tokens_for(visitor, web_app)
    with elsewhere.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(maya.id)
        assert user is not None
        user.disable(reason="for a test", at=uow.now)
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 400


def test_tokens_under_a_key_of_elsewhere_are_known_here(
    portal: Portal, elsewhere: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    """A rotation there signs with a key that has been published here all along."""
    before = tokens_for(visitor, web_app)["access_token"]
    fresh = new_key("ES256")
    with elsewhere.unit_of_work(SYSTEM) as uow:
        rotate_signing_key(uow, fresh)
    elsewhere.issuer.keys.reload()
    claims = portal.issuer.keys.verify(before, typ="at+jwt")
    token = elsewhere.issuer.keys.sign(claims, algorithm="ES256", typ="at+jwt")
    assert part_of(token, 0)["kid"] != part_of(before, 0)["kid"]
    assert userinfo(program, token).status_code == 200
    assert userinfo(program, before).status_code == 200
