"""The journey of a person through an app's sign-in, and what the app may do then."""

from flask.testing import FlaskClient

from portal.accounts.models import User
from tests.oauth.steps import (
    ISSUER,
    App,
    answer_consent,
    authorize,
    payload_of,
    returned,
    userinfo,
)


def test_a_person_allows_an_app_and_the_app_reads_who_they_are(
    visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    page = authorize(visitor, web_app.request())
    assert page.status_code == 200, page.text
    assert "maya@meridian.example, verified" in page.text
    back = returned(answer_consent(visitor, page))
    assert back["state"] == "state-1"
    assert back["iss"] == ISSUER
    answer = web_app.redeem(program, back["code"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.get_json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    id_token = payload_of(tokens["id_token"])
    assert id_token["sub"] == str(maya.id)
    assert id_token["aud"] == web_app.client_id
    assert id_token["nonce"] == "nonce-1"
    claims = userinfo(program, tokens["access_token"]).get_json()
    assert claims["sub"] == str(maya.id)
    assert claims["email"] == "maya@meridian.example"
    fresh = web_app.refresh(program, tokens["refresh_token"])
    assert fresh.status_code == 200, fresh.text
    assert fresh.get_json()["refresh_token"] != tokens["refresh_token"]
