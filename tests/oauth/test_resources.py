"""Whom access tokens are for (RFC 8707): those that were asked for and agreed on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.bootstrap import Portal
from portal.grants.models import AuthorizationCode
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import ISSUER, App, payload_of, sign_in_to, userinfo

ORDERS, STOCK, WAGES = (f"https://{name}.example/" for name in ("orders", "stock", "wages"))


@pytest.fixture
def resourceful_app(register_app: RegisterApp) -> App:
    return register_app("web", switches={"resources": [ORDERS, STOCK]})


def code_for(
    portal: Portal, visitor: FlaskClient, app: App, *resources: str, scope: str = "openid offline_access"
) -> str:
    """A code whose person has agreed to these; how they are asked for is the authorization endpoint's business."""
    code = sign_in_to(visitor, app, scope=scope)["code"]
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(AuthorizationCode).values(resources=list(resources)))
    return code


def test_a_token_is_for_all_that_was_agreed_on_and_for_userinfo(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, resourceful_app: App
) -> None:
    tokens = resourceful_app.redeem(
        program, code_for(portal, visitor, resourceful_app, ORDERS, STOCK)
    ).get_json()
    assert payload_of(tokens["access_token"])["aud"] == [ORDERS, STOCK, ISSUER]
    assert userinfo(program, tokens["access_token"]).status_code == 200


def test_the_token_request_chooses_among_them(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, resourceful_app: App
) -> None:
    code = code_for(portal, visitor, resourceful_app, ORDERS, STOCK)
    tokens = resourceful_app.redeem(program, code, resource=STOCK).get_json()
    assert payload_of(tokens["access_token"])["aud"] == [STOCK, ISSUER]
    refreshed = resourceful_app.refresh(program, tokens["refresh_token"], resource=ORDERS).get_json()
    assert payload_of(refreshed["access_token"])["aud"] == [ORDERS, ISSUER]
    whole = resourceful_app.refresh(program, refreshed["refresh_token"]).get_json()
    assert payload_of(whole["access_token"])["aud"] == [ORDERS, STOCK, ISSUER]


def test_what_was_not_agreed_on_is_an_invalid_target_and_uses_nothing_up(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, resourceful_app: App
) -> None:
    code = code_for(portal, visitor, resourceful_app, ORDERS)
    refused = resourceful_app.redeem(program, code, resource=WAGES)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_target")
    tokens = resourceful_app.redeem(program, code).get_json()
    refused = resourceful_app.refresh(program, tokens["refresh_token"], resource=STOCK)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_target")
    assert resourceful_app.refresh(program, tokens["refresh_token"]).status_code == 200


def test_without_openid_a_token_for_others_is_not_for_us(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, resourceful_app: App
) -> None:
    code = code_for(portal, visitor, resourceful_app, ORDERS, scope="profile offline_access")
    tokens = resourceful_app.redeem(program, code).get_json()
    assert payload_of(tokens["access_token"])["aud"] == ORDERS
    assert userinfo(program, tokens["access_token"]).status_code in {401, 403}
    facts = resourceful_app.post(program, "/oauth2/introspect", token=tokens["access_token"]).get_json()
    assert (facts["active"], facts["aud"]) == (True, ORDERS)


def test_a_service_asks_for_one_of_its_own_resources(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service", switches={"resources": [ORDERS, STOCK]})

    def ask(**form: str) -> dict[str, str]:
        answer: dict[str, str] = service.post(
            program, "/oauth2/token", grant_type="client_credentials", **form
        ).get_json()
        return answer

    assert payload_of(ask(resource=ORDERS)["access_token"])["aud"] == ORDERS
    assert payload_of(ask()["access_token"])["aud"] == ISSUER, "for nobody else unless it says so"
    assert ask(resource=WAGES)["error"] == "invalid_target"
    headers, fields = service.credentials()
    several = {**fields, "grant_type": "client_credentials", "resource": [ORDERS, STOCK]}
    answer = program.post("/oauth2/token", data=several, headers=headers).get_json()
    assert payload_of(answer["access_token"])["aud"] == [ORDERS, STOCK]
