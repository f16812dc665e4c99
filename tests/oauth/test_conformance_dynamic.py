"""Modules of the Dynamic and third-party-login plans of the conformance suite, by their names."""

import pytest
from flask.testing import FlaskClient

from tests.clients.keys import jwks, rsa_key
from tests.oauth.registering import refusal, register, registered
from tests.oauth.steps import CALLBACK, answer_consent, authorize, returned

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
opened = pytest.mark.settings(client_registration="open")


@opened
def test_oidcc_registration_answer(program: FlaskClient, visitor: FlaskClient) -> None:
    """Every module of the Dynamic plan: keys in the request, private_key_jwt, and a delete at the end."""
    made = registered(program, jwks=jwks(rsa_key()), token_endpoint_auth_method="private_key_jwt")
    assert made.metadata["jwks"] == jwks(rsa_key())
    assert "client_secret" not in made.metadata
    assert (
        authorize(visitor, made.app.request(code_challenge=None, code_challenge_method=None)).status_code
        == 200
    )
    assert made.delete(program).status_code == 204


@opened
def test_oidcc_ensure_redirect_uri_in_authorization_request(
    program: FlaskClient, visitor: FlaskClient
) -> None:
    app = registered(program, redirect_uris=[CALLBACK, f"{CALLBACK}/2"]).app
    answer = authorize(visitor, app.request(redirect_uri=None))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@opened
def test_oidcc_redirect_uri_query_OK(program: FlaskClient, visitor: FlaskClient) -> None:  # noqa: N802
    uri = f"{CALLBACK}?dummy1=lorem&dummy2=ipsum"
    app = registered(program, redirect_uris=[uri]).app
    answer = answer_consent(visitor, authorize(visitor, app.request(scope="openid")))
    assert answer.headers["Location"].startswith(f"{uri}&")
    assert returned(answer).items() >= {"dummy1": "lorem", "dummy2": "ipsum"}.items()


@opened
@pytest.mark.parametrize("sent", [f"{CALLBACK}?foo=other", f"{CALLBACK}?foo=bar&added=1"])
def test_oidcc_redirect_uri_query_mismatch_and_added(
    program: FlaskClient, visitor: FlaskClient, sent: str
) -> None:
    app = registered(program, redirect_uris=[f"{CALLBACK}?foo=bar"]).app
    answer = authorize(visitor, app.request(redirect_uri=sent))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@opened
def test_oidcc_redirect_uri_regfrag(program: FlaskClient) -> None:
    assert refusal(register(program, redirect_uris=[f"{CALLBACK}#fragment"])) == "invalid_redirect_uri"


@opened
def test_oidcc_3rd_party_init_login(program: FlaskClient) -> None:
    made = registered(program, initiate_login_uri="https://kestrel.example/initiate_login")
    assert made.metadata["initiate_login_uri"] == "https://kestrel.example/initiate_login"
    answer = made.read(program)
    assert answer.status_code == 200
    assert answer.get_json()["initiate_login_uri"] == "https://kestrel.example/initiate_login"


@opened
def test_oidcc_3rd_party_init_login_nohttps(program: FlaskClient) -> None:
    sent = "http://kestrel.example/initiate_login"
    assert refusal(register(program, initiate_login_uri=sent)) == "invalid_client_metadata"


@opened
@pytest.mark.settings(client_registration="open", implicit_flow=True)
@pytest.mark.parametrize(
    "response_type", ["id_token", "id_token token", "code id_token", "code token", "code id_token token"]
)
def test_old_response_types_are_registered_where_the_portal_offers_them(
    program: FlaskClient, response_type: str
) -> None:
    made = registered(program, grant_types=None, response_types=[response_type])
    assert made.metadata["response_types"] == [response_type]
    assert "implicit" in made.metadata["grant_types"]
