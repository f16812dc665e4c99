"""ID tokens, userinfo and introspection in the form that a client is registered for: signed, and encrypted."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.clients.rules.switches import CONTENT_ENCRYPTION, SIGNING_ALGORITHMS, Switches
from portal.infra.crypto.jose import half_hash
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.steps import ISSUER, App, authorize, part_of, returned, sign_in_to, tokens_for, userinfo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
INTROSPECTION_JWT = "application/token-introspection+jwt"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
OKP = OKPKey.generate_key("X25519", {"kid": "okp-1"})
SIGNING_ONLY = {**ECKey.generate_key("P-256", {"kid": "sig-1"}).as_dict(private=False), "use": "sig"}


def _switches(**changed: object) -> dict[str, Any]:
    return Switches().document() | changed


def _verified(program: FlaskClient, token: str, algorithm: str) -> dict[str, Any]:
    """By the published key that the header names, and by no other algorithm."""
    keys = KeySet.import_key_set(program.get("/oauth2/jwks").get_json())
    return dict(jwt.decode(token, keys, [algorithm]).claims)


def _introspect(program: FlaskClient, app: App, token: str, accept: str) -> TestResponse:
    headers, fields = app.credentials()
    return program.post(
        "/oauth2/introspect", data={**fields, "token": token}, headers={**headers, "Accept": accept}
    )


@pytest.mark.parametrize("algorithm", SIGNING_ALGORITHMS)
def test_each_algorithm_signs_what_the_client_chose_it_for(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, algorithm: str
) -> None:
    app = register_app(
        "web",
        id_token_signed_response_alg=algorithm,
        switches=_switches(
            userinfo_signed_response_alg=algorithm, introspection_signed_response_alg=algorithm
        ),
        require_consent=False,
    )
    tokens = tokens_for(visitor, app)
    id_token = _verified(program, tokens["id_token"], algorithm)
    assert id_token["at_hash"] == half_hash(tokens["access_token"], algorithm)  # type: ignore[arg-type]
    answer = userinfo(program, tokens["access_token"])
    assert (answer.status_code, answer.content_type) == (200, "application/jwt")
    assert answer.headers["Cache-Control"] == "no-store"
    said = _verified(program, answer.text, algorithm)
    assert (said["iss"], said["aud"], said["sub"]) == (ISSUER, app.client_id, id_token["sub"])
    assert said["email"] == "maya@meridian.example"
    assert not {"nonce", "exp", "iat"} & said.keys()
    signed = _introspect(program, app, tokens["access_token"], INTROSPECTION_JWT)
    assert (signed.status_code, signed.content_type) == (200, INTROSPECTION_JWT)
    assert part_of(signed.text, 0)["typ"] == "token-introspection+jwt"
    told = _verified(program, signed.text, algorithm)
    assert (told["iss"], told["aud"]) == (ISSUER, app.client_id)
    assert not {"sub", "exp"} & told.keys(), "RFC 9701 section 5: it is no token of its own"
    assert told["token_introspection"]["active"] is True
    assert told["token_introspection"]["sub"] == id_token["sub"]


def test_introspection_is_a_token_only_for_who_names_it(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    token = tokens_for(visitor, web_app)["access_token"]
    for accept in ("*/*", "application/json", f"{INTROSPECTION_JWT};q=0, application/json"):
        assert _introspect(program, web_app, token, accept).content_type == "application/json"
    signed = _introspect(program, web_app, "nobody's", f"application/json;q=0.5, {INTROSPECTION_JWT}")
    assert _verified(program, signed.text, "RS256")["token_introspection"] == {"active": False}


def test_a_signed_userinfo_is_no_hint_and_no_access_token(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", switches=_switches(userinfo_signed_response_alg="RS256"), require_consent=False)
    said = userinfo(program, tokens_for(visitor, app, scope="openid")["access_token"]).text
    silent = app.request(prompt="none", scope="openid", id_token_hint=said)
    assert returned(authorize(visitor, silent))["error"] == "invalid_request"
    assert userinfo(program, said).status_code == 401


@pytest.mark.parametrize("content", CONTENT_ENCRYPTION)
@pytest.mark.parametrize(
    ("algorithm", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES", EC), ("ECDH-ES", OKP)], ids=["rsa", "ec", "okp"]
)
def test_tokens_are_encrypted_to_the_key_of_the_client(
    visitor: FlaskClient,
    program: FlaskClient,
    register_app: RegisterApp,
    algorithm: str,
    key: RSAKey | ECKey | OKPKey,
    content: str,
) -> None:
    app = register_app(
        "web",
        jwks={"keys": [SIGNING_ONLY, {**key.as_dict(private=False), "use": "enc"}]},
        switches=_switches(
            id_token_encrypted_response_alg=algorithm,
            id_token_encrypted_response_enc=content,
            userinfo_encrypted_response_alg=algorithm,
            userinfo_encrypted_response_enc=content,
        ),
        require_consent=False,
    )
    tokens = tokens_for(visitor, app, scope="openid email")
    inside: dict[int, dict[str, Any]] = {}
    for text in (tokens["id_token"], userinfo(program, tokens["access_token"]).text):
        opened = jwe.decrypt_compact(text, key, [algorithm, content])
        assert opened.headers()["cty"] == "JWT"
        assert opened.headers()["kid"] == key.kid
        assert opened.plaintext is not None
        inside[len(inside)] = _verified(program, opened.plaintext.decode(), "RS256")
    assert inside[0]["sub"] == inside[1]["sub"]
    assert inside[1]["email"] == "maya@meridian.example"


def test_without_a_key_nothing_is_sent_in_the_clear_and_the_code_stays(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app(
        "web",
        jwks={"keys": [EC.as_dict(private=False)]},
        switches=_switches(id_token_encrypted_response_alg="RSA-OAEP-256"),
        require_consent=False,
    )
    code = sign_in_to(visitor, app)["code"]
    refused = app.redeem(program, code)
    assert refused.status_code == 500
    assert refused.get_json()["error"] == "server_error"
    assert "RSA-OAEP-256" in refused.get_json()["error_description"]
    assert "token" not in json.dumps(sorted(refused.get_json()))
    entry = audit_of(portal, "tokens.key_missing")[0]
    assert entry.details == {"algorithm": "RSA-OAEP-256", "token": "id_token"}
