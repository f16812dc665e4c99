"""fapi2-security-profile-final- and fapi2-message-signing-final-test-plan: what must not work, and what is said."""

from tests.conformance.client import some
from tests.conformance.fapi import Fapi
from tests.conformance.pages import Page
from tests.conformance.robot import Arrival
from tests.conformance.variants import FAPI2, FAPI2_POSTGRESQL, SIGNED, runs
from tests.support.signing import OwnKey

in_both_plans = runs(FAPI2, SIGNED)
UNKNOWN_CLIENT = ("invalid_client", "invalid_request")


def _not_pushed(suite: Fapi, *errors: str, **changes: str | None) -> None:
    suite.refused(suite.push(suite.request(**changes)), *errors)


# ------------------------------------------------------------------------------------------------- what is asked for


@in_both_plans
def test_ensure_unsigned_authorization_request_without_using_par_fails(suite: Fapi) -> None:
    asked = suite.request(response_mode=None)
    arrival = suite.visit_address(asked)
    assert isinstance(arrival, Arrival)
    assert arrival.query["error"] == "invalid_request"
    assert arrival.query["state"] == asked["state"]
    assert "code" not in arrival.query


@in_both_plans
def test_ensure_redirect_uri_in_authorization_request(suite: Fapi) -> None:
    _not_pushed(suite, "invalid_request", redirect_uri=None)


@in_both_plans
def test_ensure_request_object_without_redirect_uri_fails(suite: Fapi) -> None:
    """The same for an object: one beside it does not count."""
    form = {"client_id": suite.client.client_id, "redirect_uri": suite.callback}
    form["request"] = suite.signed(suite.request(redirect_uri=None))
    if suite.signs:
        suite.refused(suite.push_form(form), "invalid_request", "invalid_request_object")
    else:
        _not_pushed(suite, "invalid_request", redirect_uri=None)


@in_both_plans
def test_plain_fapi_tolerate_unregistered_redirect_uri(suite: Fapi) -> None:
    _not_pushed(suite, "invalid_request", redirect_uri=f"{suite.callback}/{some(10)}")


@in_both_plans
def test_ensure_response_type_code_idtoken_fails(suite: Fapi) -> None:
    _not_pushed(suite, "unauthorized_client", "unsupported_response_type", response_type="code id_token")


@in_both_plans
def test_ensure_response_type_token_fails(suite: Fapi) -> None:
    _not_pushed(suite, "unauthorized_client", "unsupported_response_type", response_type="token")


@in_both_plans
def test_par_ensure_pkce_required(suite: Fapi) -> None:
    _not_pushed(suite, "invalid_request", code_challenge=None, code_challenge_method=None)


@in_both_plans
def test_par_plain_pkce_rejected(suite: Fapi) -> None:
    _not_pushed(suite, "invalid_request", code_challenge=suite.verifier, code_challenge_method="plain")


@in_both_plans
def test_par_attempt_invalid_http_method(suite: Fapi) -> None:
    endpoint = suite.metadata["pushed_authorization_request_endpoint"]
    for method in ("PUT", "GET"):
        answer = suite.call(method, endpoint, data={**suite.request(), **suite.assertion()})
        assert answer.status_code == 405


@in_both_plans
def test_par_authorization_request_containing_request_uri_form_param(suite: Fapi) -> None:
    form = {**suite.request(), "request_uri": f"urn:ietf:params:oauth:request_uri:{some(43)}"}
    suite.refused(
        suite.push_form(form), "invalid_request", "invalid_request_object", "request_uri_not_supported"
    )


@in_both_plans
def test_ensure_mismatched_dpop_jkt_fails(suite: Fapi) -> None:
    proof = suite.proof(suite.metadata["pushed_authorization_request_endpoint"])
    answer = suite.push(suite.request(dpop_jkt=OwnKey().thumbprint), proof=proof)
    suite.refused(answer, "invalid_request", "invalid_dpop_proof")


# ------------------------------------------------------------------------------------------------ who pushes it


def _for_audience(suite: Fapi, audience: object) -> None:
    answer = suite.push(suite.request(), assertion=suite.assertion(aud=audience))
    suite.refused(answer, *UNKNOWN_CLIENT, status=(400, 401))


@in_both_plans
def test_par_test_array_as_audience_fails(suite: Fapi) -> None:
    for audience in (["https://other1.example.com", suite.metadata["issuer"]], [suite.metadata["issuer"]]):
        _for_audience(suite, audience)


@in_both_plans
def test_par_test_par_endpoint_url_as_audience_fails(suite: Fapi) -> None:
    _for_audience(suite, suite.metadata["pushed_authorization_request_endpoint"])


@in_both_plans
def test_par_test_token_endpoint_url_as_audience_fails(suite: Fapi) -> None:
    _for_audience(suite, suite.metadata["token_endpoint"])


@in_both_plans
def test_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(suite: Fapi) -> None:
    ahead = int(suite.now) + 62
    answer = suite.push(suite.request(), assertion=suite.assertion(iat=ahead, nbf=ahead, exp=ahead + 60))
    suite.refused(answer, *UNKNOWN_CLIENT, status=(400, 401))


# ------------------------------------------------------------------------------------------ where the browser comes by


def _is_shown(suite: Fapi, reached: Page | Arrival) -> None:
    """A page, which the suite files."""
    assert isinstance(reached, Page), reached
    assert reached.status == 400
    assert suite.robot.shown


@runs(FAPI2, FAPI2_POSTGRESQL, SIGNED)
def test_par_attempt_reuse_request_uri(suite: Fapi) -> None:
    asked = suite.request()
    reference = suite.pushed(asked)
    assert suite.taken(suite.visit_pushed(reference, asked), asked)["code"]
    _is_shown(suite, suite.visit_pushed(reference, asked))


@in_both_plans
def test_par_attempt_to_use_expired_request_uri(suite: Fapi) -> None:
    asked = suite.request()
    answer = suite.push(asked).get_json()
    suite.trial.clock.advance(seconds=answer["expires_in"] + 1)
    _is_shown(suite, suite.visit_pushed(answer["request_uri"], asked))


@in_both_plans
def test_par_attempt_to_use_request_uri_for_different_client(suite: Fapi) -> None:
    asked = suite.request()
    other = suite.as_client("client2")
    _is_shown(suite, other.visit_pushed(suite.pushed(asked), asked))
