"""One token for another (RFC 8693): who may, for whom, and what the new one says."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.grants.rules.exchange import ACCESS_TOKEN, GRANT_TYPE, JWT
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.exchanging import (
    STOCK,
    exchange,
    exchanged,
    exchanger,
    facts_of,
    is_alive,
    refusal_of,
)
from tests.oauth.holding import give, make_role, permit
from tests.oauth.steps import ISSUER, App, payload_of, tokens_for, userinfo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Policies, whatever database is below; how exchanged tokens end is tried on both."""


def test_a_delegate_gets_a_token_that_says_who_acts(
    portal: Portal, program: FlaskClient, web_app: App, stock: App, token: str, maya: User
) -> None:
    answer = exchanged(program, stock, token, audience=STOCK, scope="profile")
    assert (answer["issued_token_type"], answer["token_type"], answer["scope"]) == (
        ACCESS_TOKEN,
        "Bearer",
        "profile",
    )
    assert "refresh_token" not in answer
    assert "id_token" not in answer
    claims = payload_of(answer["access_token"])
    acting = {"sub": stock.client_id, "client_id": stock.client_id}
    assert (claims["sub"], claims["client_id"], claims["act"]) == (str(maya.id), stock.client_id, acting)
    assert claims["aud"] == STOCK
    assert claims["auth_time"] == payload_of(token)["auth_time"]
    assert facts_of(program, stock, answer["access_token"])["act"] == acting
    entry = audit_of(portal, "tokens.exchanged")[0]
    assert (entry.details["manner"], entry.details["exchanged_from"]) == ("delegation", web_app.client_id)
    labels = {(subject.resource_type, subject.resource_label) for subject in entry.subjects}
    assert {("user", maya.username), ("client", "Stock service")} <= labels


def test_an_impersonator_may_leave_that_out_and_a_delegate_may_not(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str
) -> None:
    trusted = exchanger(register_app, web_app, manner="impersonation")
    first = exchanged(program, trusted, token)["access_token"]
    assert "act" not in payload_of(first)
    second = exchanger(register_app, trusted)
    chain = payload_of(exchanged(program, second, first)["access_token"])["act"]
    assert chain == {"sub": second.client_id, "client_id": second.client_id}


def test_a_chain_of_delegates_is_told_in_full_and_never_shortened(
    program: FlaskClient, register_app: RegisterApp, web_app: App, stock: App, token: str
) -> None:
    first = exchanged(program, stock, token)["access_token"]
    trusted = exchanger(register_app, stock, manner="impersonation")
    kept = exchanged(program, trusted, first)["access_token"]
    assert payload_of(kept)["act"]["sub"] == stock.client_id, "an impersonator hides itself, and nobody else"
    last = exchanger(register_app, trusted)
    act = payload_of(exchanged(program, last, kept)["access_token"])["act"]
    assert (act["sub"], act["act"]["sub"]) == (last.client_id, stock.client_id)


def test_people_have_the_name_that_the_exchanging_app_knows(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str
) -> None:
    """OpenID Connect Core 8.1: a pairwise subject is one for the app that holds the token."""
    discreet = exchanger(register_app, web_app, switches={"subject_type": "pairwise"})
    made = exchanged(program, discreet, token)["access_token"]
    assert payload_of(made)["sub"] not in {payload_of(token)["sub"], discreet.client_id}
    assert facts_of(program, discreet, made)["sub"] == payload_of(made)["sub"]


def test_a_chain_has_an_end(program: FlaskClient, stock: App, token: str) -> None:
    for _ in range(5):
        token = exchanged(program, stock, token)["access_token"]
    assert refusal_of(exchange(program, stock, token))[0] == "invalid_request"
    assert is_alive(program, stock, token)


# ------------------------------------------------------------------------------------------------------- who may


def test_an_app_needs_the_grant_and_the_switch(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str
) -> None:
    unset = exchanger(register_app, web_app, manner="none")
    ungranted = exchanger(register_app, web_app, grant_types=["client_credentials"])
    for app in (unset, ungranted):
        assert refusal_of(exchange(program, app, token))[0] == "unauthorized_client"


def test_another_apps_token_is_as_good_as_none_and_the_attempt_is_remembered(
    portal: Portal, program: FlaskClient, register_app: RegisterApp, token: str
) -> None:
    """Dex GHSA-7qjx-gp9h-65qj, Casdoor CVE-2026-9097: the token of an app that this one has nothing to do with."""
    stranger = exchanger(register_app)
    refused = refusal_of(exchange(program, stranger, token))
    assert refused[0] == "invalid_request"
    assert refused == refusal_of(exchange(program, stranger, token[:-8] + "AAAAAAAA")), (
        "the holder learns nothing"
    )
    assert audit_of(portal, "tokens.exchange_refused")[0].reason == "other_app"


def test_an_app_may_exchange_its_own(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    own = exchanger(
        register_app,
        kind="web",
        grant_types=["authorization_code", "refresh_token", GRANT_TYPE],
        manner="impersonation",
    )
    token = tokens_for(visitor, own)["access_token"]
    narrower = exchanged(program, own, token, scope="openid")
    assert narrower["scope"] == "openid"
    assert userinfo(program, narrower["access_token"]).get_json().keys() == {"sub"}


def test_nobody_gets_into_an_app_that_is_closed_to_them(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str
) -> None:
    closed = exchanger(register_app, web_app, kind="web", everyone_may_use=False)
    assert "may not use" in refusal_of(exchange(program, closed, token))[1]


def test_a_public_client_exchanges_nothing(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str
) -> None:
    spa = exchanger(register_app, web_app, kind="spa")
    answer = exchange(program, spa, token)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


# ------------------------------------------------------------------------------------------- people who act for others


@pytest.fixture
def kofi_token(
    add_person: Callable[..., User], visitor_as: Callable[[User], FlaskClient], web_app: App, portal: Portal
) -> str:
    """Of a colleague whose role lets them act for others."""
    kofi = add_person("kofi@meridian.example", name="Kofi Mensah")
    role = make_role(portal, "support agent")
    permit(portal, role, "token_exchange", "create")
    give(portal, kofi, role)
    return str(tokens_for(visitor_as(kofi), web_app)["access_token"])


def test_a_person_acts_by_their_own_permission(
    portal: Portal, program: FlaskClient, stock: App, token: str, kofi_token: str, maya: User
) -> None:
    changes = {"actor_token": kofi_token, "actor_token_type": ACCESS_TOKEN}
    claims = payload_of(exchanged(program, stock, token, **changes)["access_token"])
    assert claims["sub"] == str(maya.id)
    assert claims["act"] == {"sub": payload_of(kofi_token)["sub"], "client_id": stock.client_id}
    labels = [subject.resource_label for subject in audit_of(portal, "tokens.exchanged")[0].subjects]
    assert {"kofi", maya.username} <= set(labels)
    turned = {"actor_token": token, "actor_token_type": ACCESS_TOKEN}
    assert "token_exchange" in refusal_of(exchange(program, stock, kofi_token, **turned))[1]
    assert audit_of(portal, "tokens.exchange_refused")[0].reason == "not_permitted"


def test_an_impersonator_names_a_person_who_acts(
    program: FlaskClient, register_app: RegisterApp, web_app: App, token: str, kofi_token: str
) -> None:
    trusted = exchanger(register_app, web_app, manner="impersonation")
    changes = {"actor_token": kofi_token, "actor_token_type": JWT}
    assert payload_of(exchanged(program, trusted, token, **changes)["access_token"])["act"]["sub"]


def test_conditions_see_the_app_that_they_act_through(
    portal: Portal,
    program: FlaskClient,
    stock: App,
    token: str,
    web_app: App,
    visitor: FlaskClient,
    maya: User,
) -> None:
    role = make_role(portal, "night desk")
    only = {"all": [{"attribute": "context.client", "op": "eq", "value": "another-app"}]}
    permit(portal, role, "token_exchange", "create", conditions=only)
    give(portal, maya, role)
    changes = {"actor_token": token, "actor_token_type": ACCESS_TOKEN}
    subject = tokens_for(visitor, web_app)["access_token"]
    assert refusal_of(exchange(program, stock, subject, **changes))[0] == "invalid_request"


def test_whoever_acts_shows_a_token_of_their_own(
    program: FlaskClient, register_app: RegisterApp, stock: App, web_app: App, token: str, kofi_token: str
) -> None:
    changes = {"actor_token": kofi_token, "actor_token_type": ACCESS_TOKEN}
    acted = exchanged(program, stock, token, **changes)["access_token"]
    assert (
        "somebody else acts"
        in refusal_of(exchange(program, stock, token, actor_token=acted, actor_token_type=ACCESS_TOKEN))[1]
    )
    stranger = register_app("service", name="Heron")
    foreign = stranger.post(program, "/oauth2/token", grant_type="client_credentials").get_json()[
        "access_token"
    ]
    refused = exchange(program, stock, token, actor_token=foreign, actor_token_type=ACCESS_TOKEN)
    assert refusal_of(refused)[0] == "invalid_request"
    own = stock.post(program, "/oauth2/token", grant_type="client_credentials").get_json()["access_token"]
    answer = exchanged(program, stock, token, actor_token=own, actor_token_type=ACCESS_TOKEN)
    assert payload_of(answer["access_token"])["act"]["sub"] == stock.client_id


def test_may_act_names_the_only_one_who_may(
    portal: Portal, program: FlaskClient, stock: App, token: str
) -> None:
    """RFC 8693 section 4.4."""
    claims = payload_of(token)
    for named, status in (
        ({"sub": stock.client_id}, 200),
        ({"sub": stock.client_id, "iss": ISSUER}, 200),
        ({"sub": "somebody-else"}, 400),
        ({"sub": stock.client_id, "aud": "x"}, 400),
        ("anybody", 400),
        ({}, 400),
    ):
        marked = portal.issuer.sign_access_token({**claims, "may_act": named})
        assert exchange(program, stock, marked).status_code == status, named
