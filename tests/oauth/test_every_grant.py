"""What an app is set to holds for every grant: the form of its access tokens, and how long they last."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.grants.rules.exchange import GRANT_TYPE as TOKEN_EXCHANGE
from portal.grants.rules.front_channel import IMPLICIT
from portal.oauth.client_authentication import JWT_BEARER
from portal.oauth.grant_types import GRANT_TYPES, Device
from tests.oauth.conftest import RegisterApp
from tests.oauth.devices import device_tokens
from tests.oauth.exchanging import exchanged, facts_of
from tests.oauth.proving import TOKEN, SigningApp
from tests.oauth.steps import App, payload_of, tokens_for
from tests.oauth.ways_back import ask
from tests.support.portals import MovableClock
from tests.support.signing import OwnKey, key_set

pytestmark = pytest.mark.settings(implicit_flow=True)

RESPONSES = ["code", "id_token token"]


def of_every_grant(
    visitor: FlaskClient, program: FlaskClient, app: SigningApp
) -> dict[str, Mapping[str, Any]]:
    """An answer with an access token by each grant that there is."""
    by_secret = App(client_id=app.client_id, secret=app.secret, auth_method=app.auth_method)
    first = tokens_for(visitor, by_secret)
    own = {"grant_type": "client_credentials"}
    return {
        "authorization_code": first,
        "refresh_token": by_secret.refresh(program, first["refresh_token"]).get_json(),
        "client_credentials": by_secret.post(program, TOKEN, **own).get_json(),
        Device.GRANT_TYPE: device_tokens(visitor, by_secret),
        TOKEN_EXCHANGE: exchanged(program, by_secret, first["access_token"]),
        JWT_BEARER: program.post(
            TOKEN, data={"grant_type": JWT_BEARER, "assertion": app.assertion()}
        ).get_json(),
        IMPLICIT: ask(visitor, by_secret, response_type="id_token token").told,
    }


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_form_and_lifetime_are_the_apps_whatever_the_grant(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, clock: MovableClock, *, form: str
) -> None:
    key = OwnKey()
    app = register_app(
        "legacy",
        grant_types=[*GRANT_TYPES, IMPLICIT],
        response_types=RESPONSES,
        jwks=key_set(key),
        switches={
            "access_token_format": form,
            "access_token_seconds": 120,
            "token_exchange": "impersonation",
        },
    )
    answers = of_every_grant(visitor, program, SigningApp(**{**vars(app), "key": key}))
    assert answers.keys() == {*GRANT_TYPES, IMPLICIT}, "a new grant has its place here"
    for grant_type, answer in answers.items():
        token = answer["access_token"]
        assert token.startswith("atk_") is (form == "opaque"), grant_type
        assert 115 <= int(answer["expires_in"]) <= 120, grant_type
        facts = facts_of(program, app, token)
        assert facts["active"] is True, grant_type
        assert 115 <= facts["exp"] - facts["iat"] <= 120, grant_type
        assert form == "opaque" or payload_of(token)["exp"] == facts["exp"]
    clock.advance(seconds=151)
    alive = [
        name for name, answer in answers.items() if facts_of(program, app, answer["access_token"])["active"]
    ]
    assert alive == []
