"""What a request may wish for beyond scopes: claims, classes, ages, accounts, resources and details.

Named after the modules of CONFORMANCE 2, 3 and 7.4 that look at them.
"""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.access.schemas.resources import CreateResource
from portal.access.usecases.resources import create_resource
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.rules import Switches
from portal.grants.models import AuthorizationCode
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.handing_in import push, pushed
from tests.oauth.steps import (
    App,
    answer_consent,
    authorize,
    payload_of,
    returned,
    sign_in_to,
    tokens_for,
    userinfo,
)
from tests.support.portals import MovableClock

LEDGER, FILES = "https://ledger.example/api", "https://files.example"
PAYMENT = {"type": "payment_initiation", "actions": ["initiate"], "instructedAmount": {"amount": "123.50"}}


def _error(visitor: FlaskClient, app: App, **changes: str | None) -> str:
    return returned(authorize(visitor, app.request(**changes)))["error"]


def test_claims_essential(visitor: FlaskClient, web_app: App) -> None:
    wish = json.dumps({"userinfo": {"name": {"essential": True}}})
    tokens = tokens_for(visitor, web_app, scope="openid", claims=wish)
    assert "name" not in payload_of(tokens["id_token"])
    told = userinfo(visitor, tokens["access_token"]).get_json()
    assert told["name"] == "Maya Okafor"
    assert "email" not in told


def test_claims_parameter_identity_claims(visitor: FlaskClient, web_app: App) -> None:
    """Every form of asking, and claims that nobody knows."""
    forms: list[Any] = [None, {"essential": True}, {"value": "x"}, {"values": ["x", 1]}]
    names = ("name", "given_name", "email", "telepathy")
    asked = dict(zip(names, forms, strict=True))
    wish = json.dumps(
        {"userinfo": asked, "id_token": {**asked, "verified_claims": {"x": [1]}, "odd": 1}, "other": 1}
    )
    tokens = tokens_for(visitor, web_app, scope="openid", claims=wish)
    told = payload_of(tokens["id_token"])
    assert (told["name"], told["email"]) == ("Maya Okafor", "maya@meridian.example")
    assert "telepathy" not in told
    assert userinfo(visitor, tokens["access_token"]).get_json()["email"] == "maya@meridian.example"


def test_the_sub_of_the_claims_parameter_is_one_person(
    visitor: FlaskClient, web_app: App, maya: User
) -> None:
    me, other = {"value": str(maya.id)}, {"values": ["somebody"]}
    hint = tokens_for(visitor, web_app)["id_token"]
    in_both = json.dumps({"userinfo": {"sub": me}, "id_token": {"sub": me}})
    assert "code" in sign_in_to(visitor, web_app, prompt="none", claims=in_both, id_token_hint=hint)
    two = json.dumps({"userinfo": {"sub": me}, "id_token": {"sub": other}})
    assert _error(visitor, web_app, claims=two) == "invalid_request"
    against_the_hint = json.dumps({"id_token": {"sub": other}})
    assert _error(visitor, web_app, claims=against_the_hint, id_token_hint=hint) == "invalid_request"


def test_characters_that_no_database_keeps_are_refused(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches=Switches(authorization_details_types=("files",)).document())
    sub = json.dumps({"id_token": {"sub": {"value": "a\x00b"}}})
    assert _error(visitor, app, claims=sub) == "invalid_request"
    details = json.dumps([{"type": "files", "x": "a\x00b"}])
    assert _error(visitor, app, authorization_details=details) == "invalid_authorization_details"


def test_preferences_never_fail(visitor: FlaskClient, web_app: App) -> None:
    """oidcc-display-*, -ui-locales, -claims-locales, -ensure-request-with-acr-values-succeeds."""
    for display in ("page", "popup", "touch", "wap", "telepathy"):
        changes = {"display": display, "ui_locales": "se de-CH", "claims_locales": "se", "acr_values": "1 2"}
        tokens = tokens_for(visitor, web_app, **changes)
        assert payload_of(tokens["id_token"])["acr"] == "1"


def test_a_default_max_age_is_the_clients_own(
    visitor: FlaskClient, register_app: RegisterApp, clock: MovableClock
) -> None:
    app = register_app("web", switches=Switches(default_max_age=60, require_auth_time=True).document())
    assert payload_of(tokens_for(visitor, app)["id_token"])["auth_time"]
    clock.advance(minutes=2)
    assert _error(visitor, app, prompt="none") == "login_required"
    assert "code" in sign_in_to(visitor, app, prompt="none", max_age="3600"), "what is asked goes first"


def test_prompt_create_leads_to_a_new_account(app: Flask, visitor: FlaskClient, web_app: App) -> None:
    stranger = authorize(app.test_client(), web_app.request(prompt="create"))
    assert stranger.request.path == "/signup"
    assert "Create" in stranger.text
    somebody = authorize(visitor, web_app.request(prompt="create"))
    assert (somebody.status_code, somebody.request.path) == (200, "/signup")
    assert _error(visitor, web_app, prompt="create none") == "invalid_request"
    offered = visitor.get("/.well-known/openid-configuration").get_json()["prompt_values_supported"]
    assert "create" in offered


@pytest.mark.settings(sign_up="closed")
def test_prompt_create_needs_an_open_door(visitor: FlaskClient, web_app: App) -> None:
    assert _error(visitor, web_app, prompt="create") == "invalid_request"
    offered = visitor.get("/.well-known/openid-configuration").get_json()["prompt_values_supported"]
    assert "create" not in offered


def test_tokens_are_for_the_resources_that_were_asked_for(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    """RFC 8707: several, from a query, from a posted form, and pushed."""
    app = register_app("web", switches=Switches(resources=(LEDGER, FILES)).document())
    sign_in_to(visitor, app)
    asked = {**app.request(), "resource": [LEDGER, FILES]}
    posted = visitor.post("/oauth2/authorize", data=asked)
    answers = [
        visitor.get("/oauth2/authorize", query_string=asked),
        visitor.get(posted.headers["Location"]),
        authorize(visitor, _pushed_with(visitor, app, asked)),
    ]
    for answer in answers:
        tokens = app.redeem(visitor, returned(answer)["code"]).get_json()
        assert set(payload_of(tokens["access_token"])["aud"]) >= {LEDGER, FILES}


def _pushed_with(program: FlaskClient, app: App, asked: dict[str, Any]) -> dict[str, str]:
    headers, fields = app.credentials()
    answer = program.post("/oauth2/par", data={**asked, **fields}, headers=headers)
    return {"client_id": app.client_id, "request_uri": answer.get_json()["request_uri"]}


def test_a_resource_that_is_not_registered_is_an_invalid_target(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches=Switches(resources=(LEDGER,)).document())
    for wrong in ("https://evil.example", f"{LEDGER}/", f"{LEDGER}#x", "ledger", "*"):
        assert _error(visitor, app, resource=wrong) == "invalid_target", wrong
        assert push(visitor, app, resource=wrong).get_json()["error"] == "invalid_target"


@pytest.fixture
def paying(portal: Portal, register_app: RegisterApp) -> App:
    """An app that may ask for payments, of a type that the portal knows."""
    form = CreateResource(name="payment_initiation", type="api", metadata={"actions": ["initiate", "status"]})
    with portal.unit_of_work(SYSTEM) as uow:
        create_resource(uow, form)
    types = Switches(authorization_details_types=("payment_initiation", "unknown"))
    return register_app("web", switches=types.document())


def test_details_are_agreed_to_word_by_word(portal: Portal, visitor: FlaskClient, paying: App) -> None:
    """RFC 9396: shown, asked for each time, and bound to the code."""
    text = json.dumps([PAYMENT])
    sign_in_to(visitor, paying)
    assert _error(visitor, paying, authorization_details=text, prompt="none") == "consent_required"
    page = authorize(visitor, paying.request(authorization_details=text))
    for words in ("Payment initiation", "Instructed amount, amount", "123.50", "initiate"):
        assert words in page.text
    assert "code" in returned(answer_consent(visitor, page))
    with portal.reading() as session:
        newest = select(AuthorizationCode.authorization_details).order_by(AuthorizationCode.id.desc())
        assert session.scalars(newest).first() == {"details": [PAYMENT]}
    assert authorize(visitor, pushed(visitor, paying, authorization_details=text)).status_code == 200


def test_the_answer_names_the_details_that_were_granted(visitor: FlaskClient, paying: App) -> None:
    """RFC 9396 section 7: at the code and at each refresh, and not a word of them where there are none."""
    code = sign_in_to(visitor, paying, authorization_details=json.dumps([PAYMENT]))["code"]
    first = paying.redeem(visitor, code).get_json()
    second = paying.refresh(visitor, first["refresh_token"]).get_json()
    assert [answer["authorization_details"] for answer in (first, second)] == [[PAYMENT]] * 2
    assert "authorization_details" not in tokens_for(visitor, paying)


def test_the_token_request_chooses_among_the_details(visitor: FlaskClient, paying: App) -> None:
    """RFC 9396 section 6.1: some of those that were agreed to, to the letter; what is wrong uses nothing up."""
    other = {**PAYMENT, "identifier": "second", "urgent": True}
    code = sign_in_to(visitor, paying, authorization_details=json.dumps([PAYMENT, other]))["code"]
    for wrong in ("nothing", "[]", "{}", json.dumps([{**other, "urgent": 1}])):
        refused = paying.redeem(visitor, code, authorization_details=wrong)
        assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_authorization_details"), (
            wrong
        )
    first = paying.redeem(visitor, code, authorization_details=json.dumps([other])).get_json()
    assert first["authorization_details"] == [other]
    assert payload_of(first["access_token"])["authorization_details"] == [other]
    token = first["refresh_token"]
    refused = paying.refresh(visitor, token, authorization_details='[{"type": "payment_initiation"}]')
    assert refused.get_json()["error"] == "invalid_authorization_details"
    second = paying.refresh(visitor, token, authorization_details=json.dumps([PAYMENT])).get_json()
    assert second["authorization_details"] == [PAYMENT]
    third = paying.refresh(visitor, second["refresh_token"]).get_json()
    assert third["authorization_details"] == [PAYMENT, other]


def test_details_of_an_unknown_kind_are_refused(visitor: FlaskClient, web_app: App, paying: App) -> None:
    known = json.dumps([PAYMENT])
    for app, text in (
        (web_app, known),
        (paying, "[]"),
        (paying, "nothing"),
        (paying, '[{"type": "unknown"}]'),
        (paying, '[{"type": "payment_initiation", "actions": ["steal"]}]'),
    ):
        assert _error(visitor, app, authorization_details=text) == "invalid_authorization_details", text
