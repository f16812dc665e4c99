"""Codes and refresh tokens that belong to the holder of a key (RFC 9449 sections 5 and 10), as FAPI 2.0 tests them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.clients.rules.presets import preset_of
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.proving import SigningApp, proof, proving_app, signing_app
from tests.oauth.steps import App, authorize, follow, payload_of, returned, sign_in_to, tokens_for
from tests.support.signing import OwnKey, rsa_key

PAR = "/oauth2/par"
KEY, OTHER = OwnKey(), OwnKey()


@pytest.fixture
def fapi(register_app: RegisterApp) -> SigningApp:
    """The profile as it comes: PAR, private_key_jwt to the issuer alone, tokens bound by DPoP."""
    switches = preset_of("fapi2").switches.document()
    app = signing_app(register_app, "fapi2", rsa_key("PS256"), switches=switches, require_consent=False)
    return app.with_dpop(KEY)


def push(program: FlaskClient, app: SigningApp, **changes: str | None) -> TestResponse:
    form = {name: value for name, value in app.request(**changes).items() if name != "client_id"}
    return app.post(program, PAR, **form)


def code_of(visitor: FlaskClient, program: FlaskClient, app: SigningApp, **changes: str | None) -> str:
    pushed = push(program, app, **changes)
    assert pushed.status_code == 201, pushed.text
    request = {"client_id": app.client_id, "request_uri": pushed.get_json()["request_uri"]}
    return returned(follow(visitor, authorize(visitor, request)))["code"]


def error_of(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, answer.get_json().get("error")


# ------------------------------------------------------------------------------------------------------------- codes


def test_the_whole_way_of_a_fapi_client(visitor: FlaskClient, program: FlaskClient, fapi: SigningApp) -> None:
    """happy-flow, ensure-dpopproof-at-par-endpoint-binding-success; a code is redeemed by the key of its push."""
    tokens = fapi.redeem(program, code_of(visitor, program, fapi)).get_json()
    assert tokens["token_type"] == "DPoP"
    assert fapi.userinfo(program, tokens["access_token"]).status_code == 200
    assert fapi.with_dpop(OTHER).userinfo(program, tokens["access_token"]).status_code == 401
    facts = fapi.post(program, "/oauth2/introspect", token=tokens["access_token"]).get_json()
    assert facts["cnf"] == {"jkt": KEY.thumbprint}


def test_a_key_may_be_named_without_a_proof(
    visitor: FlaskClient, program: FlaskClient, fapi: SigningApp
) -> None:
    """ensure-dpop-auth-code-binding-success: `dpop_jkt` beside no DPoP header at PAR."""
    code = code_of(visitor, program, fapi.with_dpop(None), dpop_jkt=KEY.thumbprint)
    assert fapi.redeem(program, code).status_code == 200


def test_a_code_belongs_to_the_key_that_was_proved_or_named(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, fapi: SigningApp
) -> None:
    """ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt, -mismatched-dpop-jkt; nothing is used up by it."""
    for asked_by, named in ((fapi, None), (fapi.with_dpop(None), KEY.thumbprint)):
        code = code_of(visitor, program, asked_by, dpop_jkt=named)
        refused = fapi.with_dpop(OTHER).redeem(program, code)
        assert refused.status_code == 400
        assert refused.get_json()["error"] in {"invalid_grant", "invalid_dpop_proof"}
        assert error_of(fapi.with_dpop(None).redeem(program, code)) == (400, "invalid_dpop_proof")
        assert fapi.redeem(program, code).status_code == 200
    assert {entry.reason for entry in audit_of(portal, "code.refused")} == {"dpop_jkt"}


def test_what_is_named_and_what_is_proved_are_one(program: FlaskClient, fapi: SigningApp) -> None:
    """ensure-mismatched-dpop-jkt-fails."""
    status, error = error_of(push(program, fapi, dpop_jkt=OTHER.thumbprint))
    assert status == 400
    assert error in {"invalid_request", "invalid_dpop_proof"}
    assert push(program, fapi, dpop_jkt=KEY.thumbprint).status_code == 201


def test_a_proof_at_par_is_for_par_and_comes_once(program: FlaskClient, fapi: SigningApp) -> None:
    def ask(text: str) -> tuple[int, Any]:
        _, fields = fapi.credentials()
        return error_of(program.post(PAR, data={**fapi.request(), **fields}, headers={"DPoP": text}))

    text = proof(KEY, PAR)
    assert ask(text) == (201, None)
    assert ask(text) == (400, "invalid_dpop_proof")
    assert ask(proof(KEY, "/oauth2/token")) == (400, "invalid_dpop_proof")


def test_assertions_at_par_name_the_issuer_alone(program: FlaskClient, fapi: SigningApp) -> None:
    """par-test-array-as-audience-fails, -par-endpoint-url-as-audience-fails, -token-endpoint-url-as-audience-fails."""
    for audience in (["http://localhost", "x"], f"http://localhost{PAR}", "http://localhost/oauth2/token"):
        _, fields = fapi.credentials()
        fields["client_assertion"] = fapi.assertion(aud=audience)
        answer = program.post(PAR, data={**fapi.request(), **fields})
        assert error_of(answer) == (401, "invalid_client")


# ---------------------------------------------------------------------------------------------------- refresh tokens


def test_a_public_client_refreshes_with_its_key_alone(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    spa = proving_app(register_app("spa"), KEY)
    token = tokens_for(visitor, spa)["refresh_token"]
    other, bare = spa.with_dpop(OTHER), spa.with_dpop(None)
    assert error_of(other.refresh(program, token)) == (400, "invalid_grant")
    assert bare.refresh(program, token).status_code == 400
    answer = spa.refresh(program, token)
    assert answer.status_code == 200
    assert payload_of(answer.get_json()["access_token"])["cnf"] == {"jkt": KEY.thumbprint}


def test_a_bound_token_without_its_key_harms_nobody(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """Whoever has stolen one, even one that was used up, can not end the sign-in of its owner by showing it."""
    spa = proving_app(register_app("spa"), KEY)
    first = tokens_for(visitor, spa)["refresh_token"]
    second = spa.refresh(program, first).get_json().get("refresh_token", first)
    for thief in (spa.with_dpop(OTHER), spa.with_dpop(None)):
        assert thief.refresh(program, first).status_code == 400
    assert spa.refresh(program, second).status_code == 200


def test_a_confidential_client_may_change_its_key(
    visitor: FlaskClient, program: FlaskClient, fapi: SigningApp
) -> None:
    """refresh-token: a new key for each refresh, no rotation, and none without a proof or without authentication."""
    code = code_of(visitor, program, fapi)
    token = fapi.redeem(program, code).get_json()["refresh_token"]
    for key in (OTHER, OwnKey("EdDSA")):
        answer = fapi.with_dpop(key).refresh(program, token)
        assert answer.status_code == 200
        assert payload_of(answer.get_json()["access_token"])["cnf"] == {"jkt": key.thumbprint}
    assert error_of(fapi.with_dpop(None).refresh(program, token)) == (400, "invalid_dpop_proof")
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": fapi.client_id}
    answer = program.post("/oauth2/token", data=form, headers={"DPoP": proof(KEY, "/oauth2/token")})
    assert error_of(answer) == (401, "invalid_client")


def test_a_public_client_without_a_key_is_not_bound(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    spa: App = register_app("spa")
    token = spa.redeem(program, sign_in_to(visitor, spa)["code"]).get_json()["refresh_token"]
    answer = proving_app(spa, KEY).refresh(program, token)
    assert answer.status_code == 200
