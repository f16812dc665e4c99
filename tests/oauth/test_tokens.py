"""What is in the tokens, for whom, and for how long."""

import base64
import hashlib
import time

from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import ISSUER, App, part_of, payload_of, sign_in_to, tokens_for, userinfo

ID_TOKEN_CLAIMS = {
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "txn",
}


def test_an_id_token_holds_the_protocols_claims_and_no_others(
    visitor: FlaskClient, web_app: App, maya: User
) -> None:
    tokens = tokens_for(visitor, web_app)
    header, claims = part_of(tokens["id_token"], 0), payload_of(tokens["id_token"])
    assert header["alg"] == "RS256"
    assert header["kid"] in {key["kid"] for key in visitor.get("/oauth2/jwks").get_json()["keys"]}
    assert set(claims) == ID_TOKEN_CLAIMS
    assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, str(maya.id), web_app.client_id)
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])
    assert abs(claims["iat"] - time.time()) < 60
    assert abs(claims["auth_time"] - time.time()) < 60
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_a_client_may_have_es256(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web", id_token_signed_response_alg="ES256")
    assert part_of(tokens_for(visitor, app)["id_token"], 0)["alg"] == "ES256"


def test_an_access_token_is_of_rfc_9068(visitor: FlaskClient, web_app: App, maya: User) -> None:
    tokens = tokens_for(visitor, web_app)
    assert part_of(tokens["access_token"], 0)["typ"] == "at+jwt"
    assert part_of(tokens["access_token"], 0)["alg"] == "ES256"
    claims = payload_of(tokens["access_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, ISSUER, str(maya.id))
    assert (claims["client_id"], claims["scope"]) == (web_app.client_id, tokens["scope"])
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 3600
    assert len(claims["jti"]) >= 20
    assert {"name", "email"} & set(claims) == set()


def test_without_openid_there_is_no_id_token_and_no_userinfo(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    tokens = tokens_for(visitor, web_app, scope="profile email")
    assert "id_token" not in tokens
    answer = userinfo(program, tokens["access_token"])
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_client_that_may_not_have_openid_gets_no_id_token(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    """CVE-2026-114619: the filtered scope decides, not the one that was asked for."""
    app = register_app("web", scope="profile")
    tokens = tokens_for(visitor, app, scope="openid profile email")
    assert tokens["scope"] == "profile"
    assert "id_token" not in tokens


def test_a_service_speaks_for_itself(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service")
    tokens = service.post(program, "/oauth2/token", grant_type="client_credentials").get_json()
    assert set(tokens) == {"access_token", "token_type", "expires_in"}
    claims = payload_of(tokens["access_token"])
    assert claims["sub"] == claims["client_id"] == service.client_id
    assert claims["grant_type"] == "client_credentials"
    assert userinfo(program, tokens["access_token"]).status_code == 403
    answer = service.post(program, "/oauth2/token", grant_type="client_credentials", scope="openid profile")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


def test_grant_types_are_those_of_the_client(program: FlaskClient, register_app: RegisterApp) -> None:
    service, web = register_app("service"), register_app("web")
    asked = [
        (web, {"grant_type": "client_credentials"}, "unauthorized_client"),
        (service, {"grant_type": "authorization_code", "code": "x"}, "unauthorized_client"),
        (service, {"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
        (web, {"grant_type": "password", "username": "maya", "password": "x"}, "unsupported_grant_type"),
        (web, {"grant_type": "urn:x"}, "unsupported_grant_type"),
        (web, {}, "invalid_request"),
        (web, {"grant_type": "authorization_code"}, "invalid_request"),
        (web, {"grant_type": "refresh_token"}, "invalid_request"),
    ]
    for app, form, error in asked:
        answer = app.post(program, "/oauth2/token", **form)
        assert (answer.status_code, answer.get_json()["error"]) == (400, error), form
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_public_client_signs_in_with_pkce_alone(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("spa")
    tokens = tokens_for(visitor, app)
    assert app.refresh(program, tokens["refresh_token"]).status_code == 200


def test_a_client_without_refresh_tokens_gets_none(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web", grant_types=["authorization_code"])
    tokens = tokens_for(visitor, app)
    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


def test_claims_asked_for_one_by_one(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    """OpenID Connect Core 5.5: where it was asked for, there it is, and nowhere else."""
    claims = '{"userinfo": {"name": {"essential": true}}, "id_token": {"nickname": null, "sub": null, "roles": null}}'
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(maya.id)
        assert user is not None
        user.nickname = "May"
    tokens = tokens_for(visitor, web_app, scope="openid", claims=claims)
    answer = userinfo(program, tokens["access_token"]).get_json()
    assert answer == {"sub": str(maya.id), "name": "Maya Okafor"}
    id_token = payload_of(tokens["id_token"])
    assert (id_token["nickname"], id_token["roles"]) == ("May", ["user"])
    assert "name" not in id_token
    assert "code" in sign_in_to(visitor, web_app, scope="openid", claims=claims, prompt="none"), (
        "remembered too"
    )
