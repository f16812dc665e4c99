"""Tokens bound to a key (RFC 9449): issued with a proof, used with a proof, and worth nothing without."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.clients.rules.switches import Switches
from tests.oauth.conftest import RegisterApp
from tests.oauth.proving import TOKEN, USERINFO, SigningApp, proof, proving_app
from tests.oauth.steps import App, payload_of, sign_in_to, tokens_for, userinfo
from tests.support.signing import OwnKey, rsa_key

BOUND = Switches(dpop_bound_access_tokens=True).document()
KEY = OwnKey()
OTHER = OwnKey()


@pytest.fixture
def prover(web_app: App) -> SigningApp:
    return proving_app(web_app, KEY)


@pytest.fixture
def bound(visitor: FlaskClient, prover: SigningApp) -> str:
    """An access token of Maya's that is bound to the key of the app."""
    access_token: str = tokens_for(visitor, prover)["access_token"]
    return access_token


def use(
    program: FlaskClient, access_token: str, *proofs: str, scheme: str = "DPoP", method: str = "GET"
) -> TestResponse:
    headers = [("Authorization", f"{scheme} {access_token}"), *(("DPoP", text) for text in proofs)]
    return program.open(USERINFO, method=method, headers=headers)


def for_userinfo(access_token: str, key: OwnKey = KEY, /, **changes: Any) -> str:  # noqa: ANN401
    return proof(key, USERINFO, access_token=access_token, **{"htm": "GET", **changes})


# ------------------------------------------------------------------------------------------------------------ issued


def test_a_token_of_every_kind_is_bound_to_the_key_that_was_proved(
    visitor: FlaskClient, program: FlaskClient, prover: SigningApp, register_app: RegisterApp
) -> None:
    tokens = tokens_for(visitor, prover)
    refreshed = prover.refresh(program, tokens["refresh_token"]).get_json()
    service = proving_app(register_app("service"), OTHER)
    own = service.post(program, TOKEN, grant_type="client_credentials").get_json()
    for answer, key in ((tokens, KEY), (refreshed, KEY), (own, OTHER)):
        assert answer["token_type"] == "DPoP"
        assert payload_of(answer["access_token"])["cnf"] == {"jkt": key.thumbprint}
    facts = prover.post(program, "/oauth2/introspect", token=tokens["access_token"]).get_json()
    assert (facts["token_type"], facts["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint})


def test_without_a_proof_a_token_is_a_bearer_token(visitor: FlaskClient, web_app: App) -> None:
    tokens = tokens_for(visitor, web_app)
    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in payload_of(tokens["access_token"])


def test_an_app_whose_tokens_must_be_bound_gets_none_without_a_proof(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """ensure-holder-of-key-required; the code and the refresh token are not used up by it."""
    plain = register_app("web", switches=BOUND)
    prover = proving_app(plain, KEY)
    code = sign_in_to(visitor, plain)["code"]
    refused = plain.redeem(program, code)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_dpop_proof")
    assert refused.headers["Cache-Control"] == "no-store"
    tokens = prover.redeem(program, code).get_json()
    assert plain.refresh(program, tokens["refresh_token"]).get_json()["error"] == "invalid_dpop_proof"
    assert prover.refresh(program, tokens["refresh_token"]).status_code == 200


def test_what_is_wrong_with_a_proof_is_told_and_nothing_is_used_up(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    code = sign_in_to(visitor, web_app)["code"]
    headers, _ = web_app.credentials()
    wrong = [proof(KEY, TOKEN, htm="GET"), proof(KEY, USERINFO), proof(KEY, TOKEN, iat=1), "x", ""]
    for text in wrong:
        answer = program.post(TOKEN, data={"code": code}, headers={**headers, "DPoP": text})
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_dpop_proof"), text
    two = [*headers.items(), ("DPoP", proof(KEY, TOKEN)), ("DPoP", proof(KEY, TOKEN))]
    assert program.post(TOKEN, data={"code": code}, headers=two).get_json()["error"] == "invalid_dpop_proof"
    assert proving_app(web_app, KEY).redeem(program, code).status_code == 200


def test_an_algorithm_of_each_kind_binds(program: FlaskClient, register_app: RegisterApp) -> None:
    document = program.get("/.well-known/openid-configuration").get_json()
    assert document["dpop_signing_alg_values_supported"] == ["PS256", "ES256", "EdDSA"]
    service = register_app("service")
    for key in (rsa_key("PS256"), OwnKey("ES256"), OwnKey("EdDSA")):
        answer = proving_app(service, key).post(program, TOKEN, grant_type="client_credentials")
        assert payload_of(answer.get_json()["access_token"])["cnf"] == {"jkt": key.thumbprint}


# -------------------------------------------------------------------------------------------------------------- used


def test_a_bound_token_is_used_with_a_proof(program: FlaskClient, prover: SigningApp, bound: str) -> None:
    """access-token-type-header-case-sensitivity, ensure-dpopproof-with-iat-10seconds-…, check-dpop-proof-nbf-exp."""
    now = int(time.time())
    assert prover.userinfo(program, bound).status_code == 200
    for scheme in ("dpop", "dPoP", "DPOP"):
        assert use(program, bound, for_userinfo(bound), scheme=scheme).status_code == 200
    for changes in ({"iat": now - 10}, {"iat": now + 10}, {"nbf": now - 1, "exp": now + 60}, {"extra": "x"}):
        assert use(program, bound, for_userinfo(bound, **changes)).status_code == 200
    for htu in ("http://LOCALHOST/oauth2/userinfo", "http://localhost:80/oauth2/userinfo?x=1#y"):
        assert use(program, bound, for_userinfo(bound, htu=htu)).status_code == 200
    assert use(program, bound, for_userinfo(bound, htm="POST"), method="POST").status_code == 200


def test_the_negative_tests_of_a_resource(program: FlaskClient, bound: str) -> None:
    """dpop-negative-tests."""
    now = int(time.time())
    small = rsa_key("PS256")
    head, body, signature = for_userinfo(bound).split(".")
    wrong = {
        "two proofs": (for_userinfo(bound), for_userinfo(bound)),
        "no proof": (),
        "empty": ("",),
        "malformed": ("x.y.z",),
        "bad signature": (f"{head}.{body}.{signature[:-6]}AAAAAA",),
        "unsigned": (f"{head}.{body}.",),
        **{
            f"no {name}": (for_userinfo(bound, **{name: None}),)
            for name in ("jti", "htm", "htu", "iat", "ath")
        },
        **{f"no {name}": (for_userinfo(bound, header={name: None}),) for name in ("typ", "jwk")},
        "wrong typ": (for_userinfo(bound, header={"typ": "JWT"}),),
        "RS256": (
            small.sign(payload_of(for_userinfo(bound)), algorithm="RS256", typ="dpop+jwt", jwk=small.bare),
        ),
        "private": (for_userinfo(bound, header={"jwk": KEY.key.as_dict(private=True)}),),
        "wrong htm": (for_userinfo(bound, htm="POST"),),
        "wrong htu": (for_userinfo(bound, htu="http://localhost/oauth2/token"),),
        "an hour ago": (for_userinfo(bound, iat=now - 3600),),
        "in an hour": (for_userinfo(bound, iat=now + 3600),),
        "wrong ath": (for_userinfo("other"),),
        "other key": (for_userinfo(bound, OTHER),),
    }
    for what, proofs in wrong.items():
        answer = use(program, bound, *proofs)
        assert answer.status_code == 401, what
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('DPoP algs="PS256 ES256 EdDSA", error="'), what
        assert answer.get_json()["error"] in {"invalid_dpop_proof", "invalid_token"}, what
        assert f'error="{answer.get_json()["error"]}"' in challenge
    assert use(program, bound, for_userinfo(bound)).status_code == 200


def test_an_unsigned_proof_is_none(program: FlaskClient, bound: str) -> None:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    body = for_userinfo(bound).split(".")[1]
    for alg in ("none", "None", "HS256", "RS256", ""):
        head = part(f'{{"alg":"{alg}","typ":"dpop+jwt","jwk":{{"kty":"oct"}}}}')
        assert use(program, bound, f"{head}.{body}.AAAA").status_code == 401


def test_a_bound_token_is_no_bearer_token(program: FlaskClient, bound: str) -> None:
    """RFC 9449 section 7.2; in the header as in the body, with a proof beside as without."""
    answers = [
        userinfo(program, bound),
        use(program, bound, for_userinfo(bound), scheme="Bearer"),
        program.post(USERINFO, data={"access_token": bound}),
        program.post(
            USERINFO, data={"access_token": bound}, headers={"DPoP": for_userinfo(bound, htm="POST")}
        ),
    ]
    for answer in answers:
        assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("DPoP algs=")
    assert program.get(USERINFO, query_string={"access_token": bound}).status_code == 400


def test_a_bearer_token_is_not_made_better_by_a_proof(
    visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    free = tokens_for(visitor, web_app)["access_token"]
    assert use(program, free, for_userinfo(free)).status_code == 401
    assert use(program, free, for_userinfo(free), scheme="Bearer").status_code == 200


def test_without_a_token_both_schemes_are_named(program: FlaskClient) -> None:
    answer = program.get(USERINFO)
    assert answer.status_code == 401
    bearer, dpop = answer.headers.getlist("WWW-Authenticate")
    assert bearer == 'Bearer realm="http://localhost"'
    assert dpop == 'DPoP algs="PS256 ES256 EdDSA"'


def test_a_revoked_token_is_refused_whatever_is_proved(
    program: FlaskClient, prover: SigningApp, bound: str
) -> None:
    assert prover.post(program, "/oauth2/revoke", token=bound).status_code == 200
    assert prover.userinfo(program, bound).status_code == 401


# -------------------------------------------------------------------------------------------------------- in browsers


def test_scripts_may_send_proofs_and_read_nonces(program: FlaskClient, register_app: RegisterApp) -> None:
    register_app("spa")
    origin = {"Origin": "https://kestrel.example", "Access-Control-Request-Method": "POST"}
    for path in (TOKEN, USERINFO):
        answer = program.options(path, headers=origin)
        assert "DPoP" in answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert "DPoP-Nonce" in answer.headers["Access-Control-Expose-Headers"].split(", ")
