"""What is advertised is registered for, and used; what is not advertised is refused.

What single requests may say stands in test_metadata_requests; that nothing was left out, in test_metadata_addresses.
"""

import base64
import json
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from portal.bootstrap import Portal
from tests.oauth.advertised import EVERYTHING, metadata, path_of, uses
from tests.oauth.conftest import RegisterApp
from tests.oauth.proving import TOKEN, SigningApp, proof
from tests.oauth.registering import refusal, register, registered
from tests.oauth.signing_requests import signed
from tests.oauth.steps import ISSUER, App, answer_consent, authorize, part_of, payload_of, returned, userinfo
from tests.oauth.ways_back import opened
from tests.support.client_certificates import certificate
from tests.support.signing import OwnKey, Signing, key_set, rsa_key

__all__ = ["metadata"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(**EVERYTHING),
]
KEYS_OF_APPS: Final[dict[str, RSAKey | ECKey]] = {
    "rsa": RSAKey.generate_key(2048, {"kid": "rsa"}),
    "ec": ECKey.generate_key("P-256", {"kid": "ec"}),
}


CHOICES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "id_token_signing_alg_values_supported": ("id_token_signed_response_alg", {}),
    "userinfo_signing_alg_values_supported": ("userinfo_signed_response_alg", {}),
    "introspection_signing_alg_values_supported": ("introspection_signed_response_alg", {}),
    "authorization_signing_alg_values_supported": ("authorization_signed_response_alg", {}),
    "request_object_signing_alg_values_supported": ("request_object_signing_alg", {}),
    "token_endpoint_auth_signing_alg_values_supported": ("token_endpoint_auth_signing_alg", {}),
    "id_token_encryption_alg_values_supported": ("id_token_encrypted_response_alg", {}),
    "id_token_encryption_enc_values_supported": (
        "id_token_encrypted_response_enc", {"id_token_encrypted_response_alg": "RSA-OAEP-256"},
    ),
    "userinfo_encryption_alg_values_supported": ("userinfo_encrypted_response_alg", {}),
    "userinfo_encryption_enc_values_supported": (
        "userinfo_encrypted_response_enc", {"userinfo_encrypted_response_alg": "RSA-OAEP-256"},
    ),
    "subject_types_supported": ("subject_type", {}),
    "token_endpoint_auth_methods_supported": ("token_endpoint_auth_method", {}),
}  # fmt: skip
"""Members of the metadata, the member of a registration that picks one value, and what has to stand beside it."""
REGISTERED_ANYWHERE: Final = (
    "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    "ES256K", "EdDSA", "Ed448", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-512", "ECDH-ES", "ECDH-ES+A128KW",
    "ECDH-ES+A256KW", "A128KW", "A256KW", "A256GCMKW", "dir", "PBES2-HS256+A128KW", "A128GCM", "A192GCM", "A256GCM",
    "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "public", "pairwise", "client_secret_basic",
    "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "",
    "RS256 ", "rs256",
)  # fmt: skip
"""What the registries of IANA hold for any of these, and some that none holds."""


@uses(*CHOICES)
@pytest.mark.parametrize("member", CHOICES)
def test_apps_may_choose_what_is_advertised_and_nothing_else(
    program: FlaskClient, metadata: dict[str, Any], member: str
) -> None:
    name, beside = CHOICES[member]
    own = [key.as_dict(private=False) for key in KEYS_OF_APPS.values()]
    keys = {"keys": [*key_set(OwnKey(), OwnKey("EdDSA"))["keys"], *own]}
    taken = []
    for value in REGISTERED_ANYWHERE:
        wish: dict[str, Any] = {
            "jwks": keys,
            "tls_client_auth_subject_dn": "CN=kestrel",
            **beside,
            name: value,
        }
        if value != "tls_client_auth":
            wish.pop("tls_client_auth_subject_dn")
        answer = register(program, **wish)
        if answer.status_code == 201:
            assert value == "" or answer.get_json()[name] == value
            taken += [value] if value else []
        else:
            assert refusal(answer) == "invalid_client_metadata"
    assert set(taken) - {"none"} == set(metadata[member]) - {"none"}
    assert ("none" in taken) is (member == "token_endpoint_auth_methods_supported")


@uses(
    "request_parameter_supported", "authorization_response_iss_parameter_supported",
    "dpop_signing_alg_values_supported", "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
)  # fmt: skip
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_one_algorithm_serves_everywhere(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, metadata: dict[str, Any], algorithm: Signing
) -> None:
    """An app that signs whatever it sends and gets everything signed, by the same algorithm from end to end."""
    without = {
        name for name, values in metadata.items() if "_signing_alg_" in name and algorithm not in values
    }
    assert without == ({"dpop_signing_alg_values_supported"} if algorithm == "RS256" else set())
    key = rsa_key(algorithm) if algorithm in {"RS256", "PS256"} else OwnKey(algorithm)
    names = (
        "id_token_signed_response", "userinfo_signed_response", "introspection_signed_response",
        "authorization_signed_response", "request_object_signing", "token_endpoint_auth_signing",
    )  # fmt: skip
    made = registered(
        program, jwks=key_set(key), token_endpoint_auth_method="private_key_jwt", scope="openid email",
        **{f"{name}_alg": algorithm for name in names},
    )  # fmt: skip
    app = SigningApp(**{**vars(made.app), "key": key})
    handed_in = app.post(program, path_of(metadata, "pushed_authorization_request_endpoint"), request=signed(
        app, key=key, response_mode="jwt", scope="openid email", exp=2_000_000_000,
    ))  # fmt: skip
    assert handed_in.status_code == 201, handed_in.text
    carried = {"client_id": app.client_id, "request_uri": handed_in.get_json()["request_uri"]}
    answer = answer_consent(visitor, authorize(visitor, carried))
    told = opened(portal, returned(answer))
    assert (told["iss"], told["aud"]) == (ISSUER, app.client_id)
    bound = app.with_dpop(OwnKey() if algorithm == "RS256" else key)
    tokens = bound.redeem(program, told["code"]).get_json()
    assert tokens["token_type"] == "DPoP"
    said = bound.userinfo(program, tokens["access_token"])
    headers = {"Accept": "application/token-introspection+jwt"}
    _, proved = app.credentials()
    introspected = program.post(
        "/oauth2/introspect", data={**proved, "token": tokens["access_token"]}, headers=headers
    )
    signed_texts = (returned(answer)["response"], tokens["id_token"], said.text, introspected.text)
    assert {part_of(text, 0)["alg"] for text in signed_texts} == {algorithm}
    assert payload_of(said.text)["email"] == "maya@meridian.example"
    assert app.post(program, "/oauth2/revoke", token=tokens["access_token"]).status_code == 200
    assert bound.userinfo(program, tokens["access_token"]).status_code == 401


def test_no_other_algorithm_proves_a_key(
    program: FlaskClient, web_app: App, metadata: dict[str, Any]
) -> None:
    assert set(metadata["dpop_signing_alg_values_supported"]) == {"ES256", "PS256", "EdDSA"}
    key = OwnKey()
    for algorithm in ("RS256", "ES384", "HS256", "none", "ES256K"):
        head, body, signature = proof(key, TOKEN).split(".")
        header = {**part_of(f"{head}.{body}.{signature}", 0), "alg": algorithm}
        forged = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        headers = {**web_app.credentials()[0], "DPoP": f"{forged}.{body}.{signature}"}
        answer = program.post(TOKEN, data=web_app.redemption("x"), headers=headers)
        assert answer.get_json()["error"] == "invalid_dpop_proof"


@uses("id_token_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported")
def test_every_encryption_is_done(
    visitor: FlaskClient, program: FlaskClient, metadata: dict[str, Any]
) -> None:
    algorithms = metadata["id_token_encryption_alg_values_supported"]
    contents = metadata["id_token_encryption_enc_values_supported"]
    assert (algorithms, contents) == (
        metadata["userinfo_encryption_alg_values_supported"], metadata["userinfo_encryption_enc_values_supported"],
    )  # fmt: skip
    for algorithm, content in zip(algorithms * len(contents), contents * 2, strict=False):
        key = KEYS_OF_APPS["rsa" if algorithm.startswith("RSA") else "ec"]
        made = registered(
            program, jwks={"keys": [{**key.as_dict(private=False), "use": "enc"}]},
            id_token_encrypted_response_alg=algorithm, id_token_encrypted_response_enc=content,
            userinfo_encrypted_response_alg=algorithm, userinfo_encrypted_response_enc=content,
        )  # fmt: skip
        code = returned(answer_consent(visitor, authorize(visitor, made.app.request(scope="openid"))))["code"]
        tokens = made.app.redeem(program, code).get_json()
        for text in (tokens["id_token"], userinfo(program, tokens["access_token"]).text):
            assert part_of(text, 0).items() >= {"alg": algorithm, "enc": content}.items()
            assert jwe.decrypt_compact(text, key, [algorithm, content]).plaintext


@uses(
    "token_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported", "tls_client_certificate_bound_access_tokens",
)  # fmt: skip
def test_every_way_to_prove_oneself_opens_what_it_is_advertised_for(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, metadata: dict[str, Any]
) -> None:
    own = certificate()
    headers = {"X-Client-Cert": own.escaped, "X-Forwarded-For": "192.0.2.1"}
    opened_by: dict[str, set[str]] = {"token": set(), "introspection": set(), "revocation": set()}
    for method in metadata["token_endpoint_auth_methods_supported"]:
        if method == "tls_client_auth":
            continue  # needs an authority; it is left out of the list without one, as test_client_certificates shows
        key = OwnKey()
        jwks = {"keys": [own.jwk]} if "tls" in method else key_set(key)
        made = register_app(
            "spa" if method == "none" else "web", token_endpoint_auth_method=method, jwks=jwks
        )
        app = SigningApp(**{**vars(made), "key": key}) if method == "private_key_jwt" else made
        code = returned(answer_consent(visitor, authorize(visitor, app.request())))["code"]
        proved, fields = app.credentials()
        more = headers if "tls" in method else {}
        answer = program.post(TOKEN, data={**fields, **app.redemption(code)}, headers={**proved, **more})
        assert answer.status_code == 200, (method, answer.text)
        opened_by["token"].add(method)
        for endpoint, path in (("introspection", "/oauth2/introspect"), ("revocation", "/oauth2/revoke")):
            proved, fields = app.credentials()
            form = {**fields, "token": answer.get_json()["access_token"]}
            if program.post(path, data=form, headers={**proved, **more}).status_code == 200:
                opened_by[endpoint].add(method)
    assert metadata["tls_client_certificate_bound_access_tokens"] is True
    for endpoint, methods in opened_by.items():
        assert methods == set(metadata[f"{endpoint}_endpoint_auth_methods_supported"]) - {"tls_client_auth"}
