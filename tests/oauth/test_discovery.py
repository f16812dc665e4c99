"""The documents: identical, complete, valid, and open to everybody."""

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask.testing import FlaskClient

from portal.clients.rules.api_scopes import API_SCOPES
from tests.oauth.steps import ISSUER

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


def test_both_addresses_answer_the_same_bytes(program: FlaskClient) -> None:
    assert program.get(OPENID).data == program.get(OAUTH).data


def test_the_metadata_says_what_is_true(program: FlaskClient) -> None:
    document = program.get(OPENID).get_json()
    assert document["issuer"] == ISSUER
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert set(document["id_token_signing_alg_values_supported"]) == {"RS256", "PS256", "ES256", "EdDSA"}
    assert document["response_types_supported"] == ["code"]
    assert {"authorization_code", "refresh_token", "client_credentials"} <= set(
        document["grant_types_supported"]
    )
    assert document["request_parameter_supported"] is document["request_uri_parameter_supported"] is True
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["scopes_supported"] == [
        "openid", "profile", "email", "address", "phone", "offline_access", "roles", "groups", "permissions",
        *API_SCOPES,
    ]  # fmt: skip
    assert {"roles", "groups", "permissions"} <= set(document["claims_supported"])
    assert {"sub", "name", "email", "email_verified", "roles"} <= set(document["claims_supported"])
    assert [value for value in document.values() if value in ("", [])] == [], (
        "empty members break checks of types"
    )


def test_the_metadata_passes_a_foreign_validator(program: FlaskClient) -> None:
    AuthorizationServerMetadata(program.get(OAUTH).get_json()).validate()


def test_every_endpoint_in_the_metadata_exists(program: FlaskClient) -> None:
    document = program.get(OPENID).get_json()
    endpoints = [value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(endpoints) >= 8
    assert all(url.startswith(f"{ISSUER}/") for url in endpoints)
    answers = {url: program.get(url.removeprefix(ISSUER)).status_code for url in endpoints}
    assert {url: status for url, status in answers.items() if status == 404} == {}


def test_nothing_is_taken_from_the_host_header(program: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert b"evil" not in program.get(OPENID, headers=headers).data


def test_documents_are_kept_by_caches_and_told_to_be_the_same(program: FlaskClient) -> None:
    for path in (OPENID, OAUTH, "/oauth2/jwks"):
        answer = program.get(path)
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers
        again = program.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""


def test_the_jwks_holds_distinct_public_keys(program: FlaskClient) -> None:
    keys = program.get("/oauth2/jwks").get_json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 8
    assert [key for key in keys if {"d", "p", "q", "k"} & set(key)] == []


def test_another_method_is_refused_in_words_for_programs(program: FlaskClient) -> None:
    for name in ("token", "par", "revoke", "introspect", "device_authorization", "userinfo", "register"):
        answer = program.put(f"/oauth2/{name}")
        assert (answer.status_code, answer.get_json()["error"]) == (405, "invalid_request"), name
        assert "POST" in answer.headers["Allow"]
        assert "Set-Cookie" not in answer.headers
    assert program.put("/oauth2/authorize").mimetype == "text/html", "people come by there"
