"""An API asks what a token is worth that it was shown (RFC 7662 section 4): if it is for it, and nobody else."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.models import ClientSecret
from portal.grants.models import AuthorizationCode
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.exchanging import STOCK, WAGES, exchanged, exchanger, facts_of
from tests.oauth.steps import App, payload_of, sign_in_to
from tests.support.statements import statements

NOTHING = {"active": False}


@pytest.fixture
def shop(register_app: RegisterApp) -> App:
    """An app that calls APIs for people."""
    return register_app("web", switches={"resources": [STOCK, WAGES]})


@pytest.fixture
def stock_api(register_app: RegisterApp) -> App:
    return register_app("service", name="Stock API", switches={"protected_resources": [STOCK]})


def token_for(portal: Portal, visitor: FlaskClient, app: App, *resources: str) -> dict[str, str]:
    code = sign_in_to(visitor, app, scope="profile offline_access")["code"]
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(AuthorizationCode).values(resources=list(resources)))
    tokens: dict[str, str] = app.redeem(visitor, code).get_json()
    return tokens


def test_an_api_learns_what_a_token_for_it_is_worth(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, shop: App, stock_api: App, maya: User
) -> None:
    """SECURITY.md B28."""
    tokens = token_for(portal, visitor, shop, STOCK)
    facts = facts_of(program, stock_api, tokens["access_token"])
    assert (facts["active"], facts["sub"], facts["client_id"]) == (True, str(maya.id), shop.client_id)
    assert (facts["aud"], facts["scope"]) == (STOCK, "profile offline_access")
    assert "username" not in facts, "which is for the app that she signed in to"
    assert facts_of(program, shop, tokens["access_token"])["username"] == maya.username
    signed = stock_api.credentials()[0] | {"Accept": "application/token-introspection+jwt"}
    answer = program.post("/oauth2/introspect", data={"token": tokens["access_token"]}, headers=signed)
    assert payload_of(answer.text)["token_introspection"] == facts


def test_everybody_else_learns_nothing(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    shop: App,
    stock_api: App,
) -> None:
    for_wages = token_for(portal, visitor, shop, WAGES)
    for_stock = token_for(portal, visitor, shop, STOCK)
    may_ask_for_it = register_app("service", name="Heron", switches={"resources": [STOCK, WAGES]})
    assert facts_of(program, stock_api, for_wages["access_token"]) == NOTHING
    assert facts_of(program, stock_api, for_stock["refresh_token"]) == NOTHING, (
        "a refresh token is for no API"
    )
    assert facts_of(program, may_ask_for_it, for_stock["access_token"]) == NOTHING, (
        "to call one is not to be it"
    )
    unnamed = shop.post(program, "/oauth2/introspect", token="x")
    assert unnamed.get_json() == NOTHING
    stock_api.post(program, "/oauth2/revoke", token=for_stock["access_token"])
    assert facts_of(program, shop, for_stock["access_token"])["active"] is True, "and an API revokes nothing"
    shop.post(program, "/oauth2/revoke", token=for_stock["refresh_token"])
    assert facts_of(program, stock_api, for_stock["access_token"]) == NOTHING


def test_it_asks_about_opaque_and_exchanged_ones_too(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, stock_api: App
) -> None:
    shop = register_app("web", switches={"resources": [STOCK], "access_token_format": "opaque"})
    token = token_for(portal, visitor, shop, STOCK)["access_token"]
    assert facts_of(program, stock_api, token)["active"] is True
    agent = exchanger(register_app, shop, switches={"access_token_format": "opaque"})
    acted = exchanged(program, agent, token)["access_token"]
    assert facts_of(program, stock_api, acted)["act"]["sub"] == agent.client_id


def test_an_old_copy_of_the_api_opens_nothing(
    portal: Portal,
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    shop: App,
    stock_api: App,
) -> None:
    """Its secret was revoked, or its address taken, in another process a moment ago."""
    token = token_for(portal, visitor, shop, STOCK)["access_token"]
    other_api = register_app("service", name="Stock API 2", switches={"protected_resources": [STOCK]})
    assert facts_of(program, stock_api, token)["active"] is True
    assert facts_of(program, other_api, token)["active"] is True
    with portal.unit_of_work(SYSTEM) as uow:
        client = uow.session.merge(client_row(portal, stock_api))
        client.switches, client.updated_at = {**client.switches, "protected_resources": []}, uow.now
    assert facts_of(program, stock_api, token) == NOTHING
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.merge(client_row(portal, other_api)).updated_at = uow.now
        uow.session.execute(update(ClientSecret).values(revoked_at=uow.now))
    assert other_api.post(program, "/oauth2/introspect", token=token).status_code == 401


def test_what_it_costs(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, shop: App, stock_api: App
) -> None:
    token = token_for(portal, visitor, shop, STOCK)["access_token"]
    facts_of(program, stock_api, token)
    with statements(portal.engine) as asked:
        assert facts_of(program, stock_api, token)["active"] is True
    assert len(asked) <= 2, asked
