"""fapi2-security-profile-final- and fapi2-message-signing-final-test-plan: what works, and how far tolerance goes.

plain_fapi, openid_connect, private_key_jwt, DPoP; the second plan with signed requests and answers.
"""

import json
from urllib.parse import urlencode

from tests.conformance.checks import check_claims, claims_of, entropy
from tests.conformance.client import some
from tests.conformance.fapi import Fapi
from tests.conformance.pages import Page
from tests.conformance.variants import FAPI2, FAPI2_POSTGRESQL, SIGNED, runs
from tests.support.signing import OwnKey

VARIANT = FAPI2
GOOD = {"PS256", "ES256", "EdDSA"}
in_both_plans = runs(FAPI2, SIGNED)


@in_both_plans
def test_discovery_end_point_verification(suite: Fapi) -> None:
    document = suite.metadata
    assert "code" in document["response_types_supported"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["pushed_authorization_request_endpoint"].startswith("https://")
    assert isinstance(document["require_pushed_authorization_requests"], bool)
    for what in ("dpop", "id_token", "token_endpoint_auth", "userinfo", "request_object", "authorization"):
        assert GOOD & set(document[f"{what}_signing_alg_values_supported"]), what
    assert "private_key_jwt" in document["token_endpoint_auth_methods_supported"]
    assert "S256" in document["code_challenge_methods_supported"]
    assert "authorization_code" in document["grant_types_supported"]
    assert "openid" in document["scopes_supported"]
    assert document["subject_types_supported"]
    assert "jwt" in document["response_modes_supported"]


@runs(FAPI2, FAPI2_POSTGRESQL, SIGNED)
def test_happy_flow(suite: Fapi) -> None:
    """Both clients; the second with its parameters in another order, bound to a key by `dpop_jkt`, with a long state,
    and to an address with a query.
    """
    first = suite.sign_in()
    for headers in (
        {
            "X-FAPI-Interaction-ID": "c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
            "X-FAPI-Auth-Date": "Mon, 23 Nov 2026 19:43:31 GMT",
        },
        {"Accept": "application/json"},
        {"Accept": "*/*", "Accept-Charset": "utf-8"},
    ):
        assert suite.userinfo(first.access_token, **headers).status_code == 200
    in_address = (
        f"{suite.config['resource']['resourceUrl']}?{urlencode({'access_token': first.access_token})}"
    )
    assert suite.call("GET", in_address).status_code in {400, 401, 414}
    other = suite.as_client("client2")
    asked = other.request(
        redirect_uri=f"{suite.callback}?dummy1=lorem&dummy2=ipsum",
        nonce=some(43),
        state=some(128),
        dpop_jkt=other.dpop.thumbprint,
    )
    reference = other.pushed(dict(reversed(asked.items())))
    answer = other.taken(other.visit_pushed(reference, asked), asked)
    assert answer.arrival.query.items() >= {"dummy1": "lorem", "dummy2": "ipsum"}.items()
    tokens = other.checked_tokens(other.redeem(answer["code"], redirect_uri=asked["redirect_uri"]))
    assert other.checked_id_token(tokens["id_token"], asked)
    other.dpop = suite.dpop
    assert other.userinfo(tokens["access_token"]).status_code == 401, (
        "the key of the first for the second's token"
    )


@in_both_plans
def test_user_rejects_authentication(suite: Fapi) -> None:
    """By somebody who has never agreed: whoever has is not asked again, and the suite sends no `prompt` here."""
    suite.open_browser()
    for client in (suite, suite.as_client("client2")):
        answer = client.authorize(client.request(scope=client.client.scope))
        assert answer["error"] == "access_denied"


@in_both_plans
def test_ensure_authorization_request_without_state_success(suite: Fapi) -> None:
    signed = suite.sign_in(state=None)
    assert "state" not in signed.answer
    assert "s_hash" not in signed.id_token


@in_both_plans
def test_ensure_authorization_request_without_nonce_success(suite: Fapi) -> None:
    assert "nonce" not in suite.sign_in(nonce=None).id_token


@in_both_plans
def test_ensure_authorization_request_with_64_char_nonce_success(suite: Fapi) -> None:
    assert suite.sign_in(nonce=some(64)).id_token


@in_both_plans
def test_ensure_authorization_request_with_long_nonce(suite: Fapi) -> None:
    assert suite.sign_in(nonce=some(384)).id_token


@in_both_plans
def test_ensure_authorization_request_with_long_state(suite: Fapi) -> None:
    assert suite.sign_in(state=some(1000)).id_token


@in_both_plans
def test_ensure_other_scope_order_succeeds(suite: Fapi) -> None:
    assert suite.sign_in(scope="email profile openid").userinfo["email"]


@in_both_plans
def test_access_token_type_header_case_sensitivity(suite: Fapi) -> None:
    token = suite.sign_in().access_token
    for scheme in ("dPoP", "dpop", "DPOP"):
        assert suite.userinfo(token, scheme=scheme).status_code == 200, scheme


@in_both_plans
def test_par_without_duplicate_parameters(suite: Fapi) -> None:
    asked = suite.request()
    address = {"client_id": suite.client.client_id, "request_uri": suite.pushed(asked)}
    assert suite.taken(suite.visit_address(address), asked)["code"]


@in_both_plans
def test_test_claims_parameter_identity_claims(suite: Fapi) -> None:
    """Asked for in every form that there is, known and unknown: the known ones come where they were asked for."""
    wanted = {
        "id_token": {"given_name": None, "family_name": {"essential": True}, "wings": {"essential": True}},
        "userinfo": {
            "birthdate": None,
            "zoneinfo": {"value": "Europe/Amsterdam"},
            "shell": {"values": ["a", "b"]},
        },
    }
    signed = suite.sign_in(scope="openid", claims=json.dumps(wanted))
    assert {"given_name", "family_name"} <= signed.id_token.keys()
    assert {"birthdate", "zoneinfo"} <= signed.userinfo.keys()
    assert not {"wings", "shell"} & (signed.id_token.keys() | signed.userinfo.keys())
    check_claims(signed.userinfo, now=suite.now)


# ------------------------------------------------------------------------------------------------ pushed requests


@in_both_plans
def test_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(suite: Fapi) -> None:
    ahead = int(suite.now) + 8
    assert suite.pushed(suite.request(), assertion=suite.assertion(iat=ahead, nbf=ahead, exp=ahead + 60))


@in_both_plans
def test_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(suite: Fapi) -> None:
    """The script looks at the sign-in page once and leaves it; the second visit goes all the way."""
    suite.open_browser()
    asked = suite.request()
    reference = suite.pushed(asked)
    assert isinstance(suite.visit_pushed(reference, asked), Page)
    assert suite.taken(suite.visit_pushed(reference, asked), asked)["code"]


def _prefers_what_was_pushed(suite: Fapi, **outer: str) -> None:
    asked = suite.request()
    address = {"client_id": suite.client.client_id, "request_uri": suite.pushed(asked), **outer}
    answer = suite.taken(suite.visit_address(address), asked)
    tokens = suite.checked_tokens(suite.redeem(answer["code"]))
    assert suite.checked_id_token(tokens["id_token"], asked)["nonce"] == asked["nonce"]


@in_both_plans
def test_ensure_different_nonce_inside_and_outside_request_object(suite: Fapi) -> None:
    _prefers_what_was_pushed(suite, nonce=some(20))


@in_both_plans
def test_ensure_different_state_inside_and_outside_request_object(suite: Fapi) -> None:
    _prefers_what_was_pushed(suite, state=some(20))


@in_both_plans
def test_state_only_outside_request_object_not_used(suite: Fapi) -> None:
    asked = suite.request(state=None)
    address = {"client_id": suite.client.client_id, "request_uri": suite.pushed(asked), "state": some(20)}
    assert "state" not in suite.taken(suite.visit_address(address), asked)


# --------------------------------------------------------------------------------------------------- refresh tokens


@runs(FAPI2, FAPI2_POSTGRESQL, SIGNED)
def test_refresh_token(suite: Fapi) -> None:
    """Never a demand to rotate: 30 seconds later the first one still works, with another DPoP key each time."""
    other = suite.as_client("client2")
    scope = "openid offline_access"
    first = suite.sign_in(scope=scope, prompt="consent")
    second = other.sign_in(scope=scope, prompt="consent")
    token, theirs = first.tokens["refresh_token"], second.tokens["refresh_token"]
    assert entropy(token) >= 128
    endpoint = suite.metadata["token_endpoint"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    for seconds in (1, 30):
        suite.trial.clock.advance(seconds=seconds)
        suite.dpop = OwnKey()
        tokens = suite.checked_tokens(suite.ask(endpoint, form))
        assert suite.userinfo(tokens["access_token"]).status_code == 200
        fresh = claims_of(tokens["id_token"], suite.jwks, algorithm="ES256")
        for name in ("iss", "sub", "aud", "auth_time"):
            assert fresh[name] == first.id_token[name]
        assert fresh["iat"] > first.id_token["iat"]
    anonymous = suite.ask(endpoint, {**form, "client_id": suite.client.client_id}, assertion={})
    suite.refused(anonymous, "invalid_client", "invalid_grant", "invalid_request", status=(400, 401))
    unproved = suite.ask(endpoint, form, proof=None)
    suite.refused(unproved, "invalid_request", "invalid_grant", "invalid_dpop_proof")
    suite.refused(suite.ask(endpoint, {**form, "refresh_token": theirs}), "invalid_grant")
