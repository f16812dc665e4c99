"""fapi2-security-profile-final- and fapi2-message-signing-final-test-plan: what the token endpoint must refuse."""

import base64
import json
from typing import Any

from tests.conformance.client import some
from tests.conformance.fapi import Fapi
from tests.conformance.variants import FAPI2, FAPI2_POSTGRESQL, SIGNED, runs
from tests.support.signing import OwnKey, rsa_key

in_both_plans = runs(FAPI2, SIGNED)
UNKNOWN_CLIENT = ("invalid_client", "invalid_request")
NOT_PROVED = ("invalid_request", "invalid_grant", "invalid_dpop_proof")


@in_both_plans
def test_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(suite: Fapi) -> None:
    """The code is bound to the key that was proved when the request was pushed."""
    asked = suite.request()
    bound = suite.pushed(asked, proof=suite.proof(suite.metadata["pushed_authorization_request_endpoint"]))
    code = suite.taken(suite.visit_pushed(bound, asked), asked)["code"]
    proof = suite.proof(suite.metadata["token_endpoint"], key=OwnKey())
    suite.refused(suite.redeem_by(code, proof=proof), *NOT_PROVED)


@in_both_plans
def test_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(suite: Fapi) -> None:
    code = suite.signs_in_to_code(dpop_jkt=OwnKey().thumbprint)
    suite.refused(suite.redeem(code), *NOT_PROVED)


@in_both_plans
def test_ensure_holder_of_key_required(suite: Fapi) -> None:
    suite.refused(suite.redeem_by(suite.signs_in_to_code(), proof=None), *NOT_PROVED)


@in_both_plans
def test_ensure_pkce_code_verifier_required(suite: Fapi) -> None:
    answer = suite.redeem_by(suite.signs_in_to_code(), code_verifier=None)
    suite.refused(answer, "invalid_grant")


@in_both_plans
def test_incorrect_pkce_code_verifier_rejected(suite: Fapi) -> None:
    suite.refused(suite.redeem_by(suite.signs_in_to_code(), code_verifier=some(64)), "invalid_grant")


@in_both_plans
def test_ensure_authorization_code_is_bound_to_client(suite: Fapi) -> None:
    other = suite.as_client("client2")
    suite.refused(other.redeem_by(suite.signs_in_to_code(), code_verifier=suite.verifier), "invalid_grant")


@in_both_plans
def test_ensure_client_id_in_token_endpoint(suite: Fapi) -> None:
    """The name of the second client beside what the first has signed, and inside of it."""
    code, other = suite.signs_in_to_code(), suite.as_client("client2").client.client_id
    for answer in (
        suite.redeem_by(code, client_id=other),
        suite.redeem_by(code, assertion=suite.assertion(iss=other, sub=other)),
    ):
        suite.refused(answer, "invalid_client", "invalid_grant", status=(400, 401))


@runs(FAPI2, FAPI2_POSTGRESQL, SIGNED)
def test_attempt_reuse_authorization_code_after_one_second(suite: Fapi) -> None:
    signed = suite.sign_in()
    suite.trial.clock.advance(seconds=1)
    suite.refused(suite.redeem(signed.answer["code"]), "invalid_grant")
    assert suite.userinfo(signed.access_token).status_code == 401, "and its tokens are gone"


@in_both_plans
def test_ensure_token_endpoint_fails_with_expired_auth_code(suite: Fapi) -> None:
    code = suite.signs_in_to_code()
    suite.trial.clock.advance(seconds=62)
    suite.refused(suite.redeem(code), "invalid_grant")


def _not_by(suite: Fapi, assertion: dict[str, str], *errors: str) -> None:
    answer = suite.redeem_by(suite.signs_in_to_code(), assertion=assertion)
    suite.refused(answer, *errors, status=(400, 401))


@in_both_plans
def test_ensure_signed_client_assertion_with_RS256_fails(suite: Fapi) -> None:  # noqa: N802 - its name
    own = suite.client
    key = rsa_key("RS256")
    key_of_client = OwnKey("RS256", kid=own.key.kid if own.key else None, key=key.key)
    forged = key_of_client.sign(_claims_of(suite.assertion()["client_assertion"]))
    _not_by(suite, {**suite.assertion(), "client_assertion": forged}, "invalid_client")


def _claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


@in_both_plans
def test_ensure_client_assertion_in_token_endpoint(suite: Fapi) -> None:
    answer = suite.redeem_by(suite.signs_in_to_code(), assertion={}, client_id=suite.client.client_id)
    suite.refused(answer, *UNKNOWN_CLIENT, status=(400, 401))


@in_both_plans
def test_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(suite: Fapi) -> None:
    past = int(suite.now) - 300
    _not_by(suite, suite.assertion(iat=past - 60, exp=past), *UNKNOWN_CLIENT)


@in_both_plans
def test_ensure_client_assertion_with_wrong_aud_fails(suite: Fapi) -> None:
    _not_by(suite, suite.assertion(aud="https://www.example.com/"), *UNKNOWN_CLIENT)


@in_both_plans
def test_ensure_client_assertion_with_no_sub_fails(suite: Fapi) -> None:
    _not_by(suite, suite.assertion(sub=None), *UNKNOWN_CLIENT)


@in_both_plans
def test_ensure_invalid_client_assertions_fail(suite: Fapi) -> None:
    """One code, and many ways to say wrongly who one is; the code outlives them all."""
    code = suite.signs_in_to_code()
    good = suite.assertion()
    head, body, _ = good["client_assertion"].split(".")
    other = suite.as_client("client2").client.key
    assert other is not None
    stranger = other.sign(_claims_of(good["client_assertion"]))
    for wrong in (
        suite.assertion(iss=None),
        suite.assertion(iss="somebody"),
        suite.assertion(sub="somebody"),
        suite.assertion(aud=None),
        suite.assertion(exp=None),
        suite.assertion(jti=None),
        {**good, "client_assertion": f"{head}.{body}.{some(86)}"},
        {**good, "client_assertion": stranger},
        {**good, "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:other"},
    ):
        suite.refused(suite.redeem_by(code, assertion=wrong), *UNKNOWN_CLIENT, status=(400, 401))
    assert suite.checked_tokens(suite.redeem(code))
