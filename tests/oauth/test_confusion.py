"""Nothing that was made for one door opens another: every artefact at every door (SECURITY.md C-2 and C-4).

CVE-2026-4282: one store of single-use things, none of which had a kind. ASVS 9.2.2: tokens of one form, told apart by
nothing. RFC 8725 section 3.12: mutually exclusive rules for each kind of JWT.
"""

from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.grants.rules.exchange import ACCESS_TOKEN
from portal.http.security import cookie_name
from portal.http.signing_in import SESSION
from tests.oauth.artefacts import BEARER, House, furnish
from tests.oauth.conftest import RegisterApp
from tests.oauth.devices import poll
from tests.oauth.exchanging import exchange
from tests.oauth.proving import ASSERTION, TOKEN
from tests.oauth.registering import PATH, bearer, usual
from tests.oauth.steps import LEFT, authorize, returned, userinfo

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open"),
]

Door = Callable[[House, str], bool]


@pytest.fixture
def house(portal: Portal, app: Flask, visitor: FlaskClient, register_app: RegisterApp) -> House:
    return furnish(portal, app, visitor, register_app)


def _userinfo(house: House, text: str) -> bool:
    return userinfo(house.program, text).status_code == 200


def _introspection(house: House, text: str) -> bool:
    return bool(house.app.post(house.program, "/oauth2/introspect", token=text).get_json()["active"])


def _code(house: House, text: str) -> bool:
    return house.app.redeem(house.program, text).status_code == 200


def _refresh(house: House, text: str) -> bool:
    return house.app.refresh(house.program, text).status_code == 200


def _device(house: House, text: str) -> bool:
    answer = poll(house.program, house.app, text)
    return bool(answer.get_json().get("error") == "authorization_pending")


def _request_uri(house: House, text: str) -> bool:
    return _gives_a_code(house, {"client_id": house.app.client_id, "request_uri": text})


def _request_object(house: House, text: str) -> bool:
    outside = {"response_type": "code", "scope": "openid", "client_id": house.app.client_id}
    return _gives_a_code(house, {**outside, "request": text})


def _gives_a_code(house: House, sent: dict[str, str]) -> bool:
    answer = authorize(house.visitor, sent)
    return answer.status_code == 303 and "code" in returned(answer)


def _hint(house: House, text: str) -> bool:
    return _gives_a_code(house, house.app.request(prompt="none", id_token_hint=text))


def _goodbye(house: House, text: str) -> bool:
    asked = {"id_token_hint": text, "post_logout_redirect_uri": LEFT}
    stranger = house.flask.test_client()
    answer = stranger.get("/oauth2/logout", query_string=asked)
    return answer.headers.get("Location", "").startswith(LEFT)


def _admission(house: House, text: str) -> bool:
    return house.program.post(PATH, json=usual(), headers=bearer(text)).status_code == 201


def _registration(house: House, text: str) -> bool:
    return house.program.get(f"{PATH}/{house.registered_id}", headers=bearer(text)).status_code == 200


def _subject(house: House, text: str) -> bool:
    return exchange(house.program, house.app, text, subject_token_type=ACCESS_TOKEN).status_code == 200


def _actor(house: House, text: str) -> bool:
    answer = exchange(
        house.program,
        house.app,
        house.artefacts["access token"],
        actor_token=text,
        actor_token_type=ACCESS_TOKEN,
    )
    return answer.status_code == 200


def _assertion(house: House, text: str) -> bool:
    form = {"client_assertion_type": ASSERTION, "client_assertion": text, "grant_type": "client_credentials"}
    return house.program.post(TOKEN, data=form).status_code == 200


def _bearer(house: House, text: str) -> bool:
    return house.program.post(TOKEN, data={"grant_type": BEARER, "assertion": text}).status_code == 200


def _proof(house: House, text: str) -> bool:
    headers = {**house.app.credentials()[0], "DPoP": text}
    answer: TestResponse = house.program.post(TOKEN, data=house.app.redemption("x"), headers=headers)
    return bool(answer.get_json()["error"] == "invalid_grant")


def _cookie(house: House, text: str) -> bool:
    browser = house.flask.test_client()
    with house.flask.app_context():
        browser.set_cookie(cookie_name(SESSION), text, domain="localhost")
    return browser.get("/account").status_code == 200


def _secret(house: House, text: str) -> bool:
    form = {"client_id": house.app.client_id, "client_secret": text, "token": "x"}
    if house.app.auth_method == "client_secret_basic":
        headers, _ = type(house.app)(**{**vars(house.app), "secret": text}).credentials()
        return house.program.post("/oauth2/revoke", data={"token": "x"}, headers=headers).status_code == 200
    return house.program.post("/oauth2/revoke", data=form).status_code == 200


DOORS: Final[dict[str, tuple[Door, set[str]]]] = {
    "userinfo": (_userinfo, {"access token"}),
    "introspection": (_introspection, {"access token", "refresh token"}),
    "code": (_code, {"code"}),
    "refresh": (_refresh, {"refresh token"}),
    "device": (_device, {"device code"}),
    "request_uri": (_request_uri, {"request uri"}),
    "request": (_request_object, {"request object"}),
    "id_token_hint": (_hint, {"id token"}),
    "logout": (_goodbye, {"id token"}),
    "admission": (_admission, {"initial access token"}),
    "registration": (_registration, {"registration token"}),
    "subject_token": (_subject, {"access token"}),
    "actor_token": (_actor, set()),
    "client_assertion": (_assertion, {"assertion"}),
    "assertion": (_bearer, {"assertion"}),
    "DPoP": (_proof, {"proof"}),
    "cookie": (_cookie, {"session"}),
    "client_secret": (_secret, {"client secret"}),
}
"""Each with what it is for; nobody acts for themselves, so here nothing is for the actor's."""
SPENT: Final = {"assertion"}
"""Doors whose artefact another door has used up by then."""


def test_cve_2026_4282_nothing_opens_a_door_that_it_was_not_made_for(house: House) -> None:
    opened = {
        (name, artefact)
        for name, (enter, own) in DOORS.items()
        for artefact, text in house.artefacts.items()
        if artefact not in own and enter(house, text)
    }
    assert opened == set()
    shut = {
        (name, artefact)
        for name, (enter, own) in DOORS.items()
        for artefact in own
        if name not in SPENT and not enter(house, house.artefacts[artefact])
    }
    assert shut == set()
