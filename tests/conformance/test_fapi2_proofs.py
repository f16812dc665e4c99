"""fapi2-security-profile-final- and -message-signing-final-test-plan: what DPoP proofs may be like, and must not."""

import json
from typing import Any, Final

from tests.conformance.client import some
from tests.conformance.fapi import Fapi, hash_of
from tests.conformance.variants import FAPI2, SIGNED, runs
from tests.support.signing import OwnKey, raw_token, rsa_key

HOUR: Final = 3600
in_both_plans = runs(FAPI2, SIGNED)


def _refused(suite: Fapi, token: str, proof: str | None, what: str, *, scheme: str = "DPoP") -> None:
    answer = suite.userinfo_by(token, proof, scheme=scheme)
    assert answer.status_code in {400, 401}, what
    assert "DPoP" in answer.headers["WWW-Authenticate"], what


@in_both_plans
def test_dpop_negative_tests(suite: Fapi) -> None:
    """One token; every proof but the last few is wrong in one way, and the token lives through all of that."""
    token = suite.sign_in().access_token
    url, now = suite.config["resource"]["resourceUrl"], int(suite.now)

    def proof(**changes: Any) -> str:  # noqa: ANN401 - claims and headers of any kind
        return suite.resource_proof(token, **changes)

    rsa, other = rsa_key("RS256"), OwnKey()
    private = suite.dpop.key.as_dict(private=True)
    for what, wrong in (
        ("malformed", "not.a.proof"),
        ("no typ", proof(header={"typ": None})),
        ("wrong typ", proof(header={"typ": "jwt"})),
        ("no jwk", proof(header={"jwk": None})),
        ("a private key", proof(header={"jwk": private})),
        ("RS256", proof(key=rsa)),
        ("no jti", proof(jti=None)),
        ("no htm", proof(htm=None)),
        ("wrong htm", proof(htm="POST")),
        ("no htu", proof(htu="")),
        ("wrong htu", proof(htu=f"{url}/other")),
        ("no iat", proof(iat=None)),
        ("an hour ago", proof(iat=now - HOUR)),
        ("in an hour", proof(iat=now + HOUR)),
        ("no ath", proof(ath=None)),
        ("wrong ath", proof(ath=hash_of("another token"))),
        ("another key", proof(key=other)),
        ("a signature by another key", proof(key=other, header={"jwk": suite.dpop.bare})),
        ("no proof", None),
    ):
        _refused(suite, token, wrong, what)
    head, body, _ = proof().split(".")
    _refused(suite, token, f"{head}.{body}.{some(86)}", "a signature of nobody")
    claims = {"jti": some(20), "htm": "GET", "htu": url, "iat": now, "ath": hash_of(token)}
    for alg in (None, "none"):
        header = {"typ": "dpop+jwt", "jwk": suite.dpop.bare, **({"alg": alg} if alg else {})}
        _refused(suite, token, raw_token(suite.dpop, json.dumps(header), json.dumps(claims)), f"alg {alg}")
    _refused(suite, token, proof(), "the token as if it were nobody's", scheme="Bearer")
    used = proof()
    assert suite.userinfo_by(token, used).status_code == 200
    _refused(suite, token, used, "a proof of before")
    _takes_no_two_proofs(suite, token)


def _takes_no_two_proofs(suite: Fapi, token: str) -> None:
    headers = [("Authorization", f"DPoP {token}")]
    headers += [("DPoP", suite.resource_proof(token)) for _ in range(2)]
    answer = suite.call("GET", suite.config["resource"]["resourceUrl"], headers=headers)
    assert answer.status_code in {400, 401}


@runs(FAPI2)
def test_dpop_negative_tests_what_has_to_be_taken(suite: Fapi) -> None:
    """The end of the same module: query and fragment, more claims and headers, and other ways to write an address."""
    token = suite.sign_in().access_token
    url = suite.config["resource"]["resourceUrl"]
    for proof in (
        suite.resource_proof(token, htu=f"{url}?a=b"),
        suite.resource_proof(token, htu=f"{url}#part"),
        suite.resource_proof(token, further="claim", nonce=some(10)),
        suite.resource_proof(token, header={"further": "header"}),
        suite.resource_proof(token, htu=url.replace("localhost", "LOCALHOST")),
    ):
        assert suite.userinfo_by(token, proof).status_code == 200
    address = f"{url}?some=query"
    headers = {"Authorization": f"DPoP {token}", "DPOP": suite.resource_proof(token)}
    assert suite.call("GET", address, headers=headers).status_code == 200


@in_both_plans
def test_check_dpop_proof_nbf_exp(suite: Fapi) -> None:
    now = int(suite.now)
    times: dict[str, Any] = {"nbf": now, "exp": now + 60}
    endpoint = suite.metadata["token_endpoint"]
    response = suite.redeem_by(suite.signs_in_to_code(), proof=suite.proof(endpoint, **times))
    token = suite.checked_tokens(response)["access_token"]
    assert suite.userinfo_by(token, suite.resource_proof(token, **times)).status_code == 200


def _with_clock_off_by(suite: Fapi, seconds: int) -> None:
    """At all three endpoints."""
    made = int(suite.now) + seconds
    asked = suite.request()
    par, endpoint = suite.metadata["pushed_authorization_request_endpoint"], suite.metadata["token_endpoint"]
    reference = suite.pushed(asked, proof=suite.proof(par, iat=made))
    code = suite.taken(suite.visit_pushed(reference, asked), asked)["code"]
    response = suite.redeem_by(code, proof=suite.proof(endpoint, iat=made))
    token = suite.checked_tokens(response)["access_token"]
    assert suite.userinfo_by(token, suite.resource_proof(token, iat=made)).status_code == 200


@in_both_plans
def test_ensure_dpopproof_with_iat_10seconds_before_succeeds(suite: Fapi) -> None:
    _with_clock_off_by(suite, -10)


@in_both_plans
def test_ensure_dpopproof_with_iat_10seconds_after_succeeds(suite: Fapi) -> None:
    _with_clock_off_by(suite, 10)


@in_both_plans
def test_ensure_dpopproof_at_par_endpoint_binding_success(suite: Fapi) -> None:
    asked = suite.request()
    proof = suite.proof(suite.metadata["pushed_authorization_request_endpoint"])
    code = suite.taken(suite.visit_pushed(suite.pushed(asked, proof=proof), asked), asked)["code"]
    assert suite.checked_tokens(suite.redeem(code))


@in_both_plans
def test_ensure_dpop_auth_code_binding_success(suite: Fapi) -> None:
    code = suite.signs_in_to_code(dpop_jkt=suite.dpop.thumbprint)
    assert suite.checked_tokens(suite.redeem(code))
