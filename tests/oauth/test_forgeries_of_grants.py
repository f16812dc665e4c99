"""Tokens that are handed in for others (RFC 8693, RFC 7523): no forged one is taken (SECURITY.md C-4)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from tests.oauth.artefacts import BEARER, KEY, House, furnish
from tests.oauth.conftest import RegisterApp
from tests.oauth.exchanging import exchange
from tests.oauth.forgeries import forgeries
from tests.oauth.proving import TOKEN
from tests.support.signing import key_set

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open"),
]


@pytest.fixture
def house(portal: Portal, app: Flask, visitor: FlaskClient, register_app: RegisterApp) -> House:
    return furnish(portal, app, visitor, register_app)


def test_no_forged_token_is_exchanged(house: House) -> None:
    genuine, jwks = house.artefacts["access token"], house.program.get("/oauth2/jwks").get_json()
    refused = {
        name: exchange(house.program, house.app, text)
        for name, text in forgeries(genuine, jwks)
        if len(text) < 60_000
    }
    assert {name for name, answer in refused.items() if answer.status_code != 400} == set()
    assert {answer.get_json()["error"] for answer in refused.values()} <= {"invalid_request", "invalid_grant"}
    assert exchange(house.program, house.app, genuine).status_code == 200, "the genuine one is"


def test_no_forged_assertion_is_a_grant(house: House) -> None:
    genuine = house.signer.assertion()
    refused = {
        name: house.program.post(TOKEN, data={"grant_type": BEARER, "assertion": text})
        for name, text in forgeries(genuine, key_set(KEY))
        if len(text) < 60_000
    }
    assert {name for name, answer in refused.items() if answer.status_code not in {400, 401}} == set()
    answer = house.program.post(TOKEN, data={"grant_type": BEARER, "assertion": genuine})
    assert answer.status_code == 200, "the genuine one is"
