"""Basic, Hybrid and logout plans with `dynamic_client`: the same, for clients that register themselves first."""

import pytest

from tests.conformance.dynamic import Dynamic
from tests.conformance.robot import Arrival
from tests.conformance.variants import DYNAMIC, DYNAMIC_HYBRID, runs


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@runs(DYNAMIC, DYNAMIC_HYBRID)
def test_a_client_with_a_secret_signs_people_in(suite: Dynamic, method: str) -> None:
    given = suite.registers(token_endpoint_auth_method=method, jwks=None)
    assert given["client_secret_expires_at"] == 0
    assert suite.sign_in().id_token
    suite.leave()


@runs(DYNAMIC)
def test_a_client_says_how_it_hears_of_sign_outs(suite: Dynamic) -> None:
    landing = f"{suite.place}/post_logout_redirect"
    suite.registers(
        token_endpoint_auth_method="client_secret_basic",
        jwks=None,
        post_logout_redirect_uris=[landing],
        backchannel_logout_uri=f"{suite.place}/backchannel_logout",
        backchannel_logout_session_required=True,
        frontchannel_logout_uri=f"{suite.place}/frontchannel_logout",
        frontchannel_logout_session_required=True,
    )
    suite.open_browser()
    signed = suite.sign_in()
    endpoint = suite.metadata["end_session_endpoint"]
    arrival = suite.robot.visit(f"{endpoint}?id_token_hint={signed.hint}&post_logout_redirect_uri={landing}")
    assert arrival == Arrival(landing)
    assert suite.robot.framed[0].startswith(f"{suite.place}/frontchannel_logout?")
    suite.leave()
