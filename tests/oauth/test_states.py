"""Whoever is out is out at every door: each end of a person or an app at each grant (SECURITY.md C-5).

CVE-2025-65430, CVE-2025-64521, CVE-2026-1609, CVE-2024-47000: somebody disabled still got tokens at some door or other.
CVE-2026-43983: refreshes ignored it. CVE-2024-38371: devices ignored it. CVE-2026-9097: exchanges ignored it.
"""

from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from tests.oauth.artefacts import BEARER, House, furnish
from tests.oauth.conftest import RegisterApp
from tests.oauth.devices import ask, decide, poll
from tests.oauth.exchanging import exchange
from tests.oauth.handing_in import push
from tests.oauth.proving import TOKEN
from tests.oauth.steps import App, authorize, returned, userinfo
from tests.oauth.test_access import ENDINGS

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open"),
]


@pytest.fixture
def house(portal: Portal, app: Flask, visitor: FlaskClient, register_app: RegisterApp) -> House:
    return furnish(portal, app, visitor, register_app)


def _answers(house: House, allowed: str) -> dict[str, TestResponse]:
    """Each door of the person's, with what was good a moment ago."""
    own, program, app = house.artefacts, house.program, house.app
    return {
        "code": app.redeem(program, own["code"]),
        "refresh": app.refresh(program, own["refresh token"]),
        "device": poll(program, app, allowed),
        "exchange": exchange(program, app, own["access token"]),
        "userinfo": userinfo(program, own["access token"]),
    }


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_grant_gives_anything_any_more_when(house: House, maya: User, ending: str) -> None:
    waiting = ask(house.program, house.app)
    decide(house.visitor, waiting["user_code"])
    with house.portal.unit_of_work(SYSTEM) as uow:
        ENDINGS[ending](uow, maya, house.app)
    for door, answer in _answers(house, waiting["device_code"]).items():
        assert answer.status_code in {400, 401}, door
        assert "access_token" not in answer.text, door
    for token in ("access token", "refresh token"):
        answer = house.app.post(house.program, "/oauth2/introspect", token=house.artefacts[token])
        assert answer.status_code == 401 or answer.get_json() == {"active": False}
    silent = authorize(house.visitor, house.app.request(prompt="none"))
    if ending != "the app is disconnected":
        assert silent.status_code == 403 or "error" in returned(silent)


Speak = Callable[[House, App], TestResponse]

OF_APPS: Final[dict[str, Speak]] = {
    "client credentials": lambda house, app: app.post(house.program, TOKEN, grant_type="client_credentials"),
    "jwt bearer": lambda house, _: house.program.post(
        TOKEN, data={"grant_type": BEARER, "assertion": house.signer.assertion()}
    ),
    "pushed requests": lambda house, _: push(house.program, house.app),
    "device authorization": lambda house, _: house.app.post(
        house.program, "/oauth2/device_authorization", scope="openid"
    ),
    "introspection": lambda house, app: app.post(house.program, "/oauth2/introspect", token="x"),
    "revocation": lambda house, app: app.post(house.program, "/oauth2/revoke", token="x"),
}


def test_an_app_that_is_switched_off_is_nobody_anywhere(house: House, maya: User) -> None:
    assert {door: speak(house, house.signer).status_code for door, speak in OF_APPS.items()} == {
        door: 201 if door == "pushed requests" else 200 for door in OF_APPS
    }
    with house.portal.unit_of_work(SYSTEM) as uow:
        for app in (house.app, house.signer):
            ENDINGS["the app is switched off"](uow, maya, app)
    refused = {door: speak(house, house.signer).get_json()["error"] for door, speak in OF_APPS.items()}
    assert refused == dict.fromkeys(OF_APPS, "invalid_client") | {"jwt bearer": "invalid_grant"}
