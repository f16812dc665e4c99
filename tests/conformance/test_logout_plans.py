"""oidcc-rp-initiated-, -backchannel-rp-initiated- and -frontchannel-rp-initiated-logout-certification-test-plan."""

import base64
import json
from urllib.parse import quote, urlencode

from portal.jobs.delivery import deliver_due
from tests.conformance.answers import Signed
from tests.conformance.checks import claims_of
from tests.conformance.client import some
from tests.conformance.pages import Page
from tests.conformance.robot import Arrival
from tests.conformance.suite import LONG_STATE_END, Suite
from tests.conformance.variants import BACK_CHANNEL, FRONT_CHANNEL, RP_LOGOUT, runs
from tests.support.signing import rsa_key

VARIANT = RP_LOGOUT
EVENTS: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def _leave(suite: Suite, **asked: str | None) -> Page | Arrival:
    """Send the browser to the end session endpoint."""
    given = {name: value for name, value in asked.items() if value is not None}
    endpoint = suite.metadata["end_session_endpoint"]
    return suite.robot.visit(f"{endpoint}?{urlencode(given, quote_via=quote)}")


def _usual(suite: Suite, signed: Signed, **changes: str | None) -> dict[str, str | None]:
    landing = f"{suite.place}/post_logout_redirect"
    return {
        "id_token_hint": signed.hint,
        "post_logout_redirect_uri": landing,
        "state": some(20),
        **changes,
    }


def _arrives(suite: Suite, signed: Signed, **changes: str | None) -> None:
    """The browser comes back with the state and nothing else, and nobody is signed in any more."""
    asked = _usual(suite, signed, **changes)
    arrival = _leave(suite, **asked)
    assert isinstance(arrival, Arrival), arrival.words
    state = {"state": asked["state"]} if asked["state"] is not None else {}
    assert arrival.query == state
    assert arrival.url.partition("?")[0] == asked["post_logout_redirect_uri"]
    _is_signed_out(suite)


def _is_signed_out(suite: Suite) -> None:
    long_state = some(124) + LONG_STATE_END
    answer = suite.authorize(suite.request(prompt="none", state=long_state))
    assert answer["error"] == "login_required"
    assert answer["state"] == long_state


def _stays(suite: Suite, **asked: str | None) -> None:
    """A page, which the suite files; never the address that was asked for."""
    page = _leave(suite, **asked)
    assert isinstance(page, Page), page
    assert page.url.startswith("https://localhost:8000/oauth2/")
    assert suite.robot.shown


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert suite.metadata["end_session_endpoint"].startswith("https://")


def test_oidcc_backchannel_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert suite.metadata["end_session_endpoint"].startswith("https://")
    assert suite.metadata["backchannel_logout_supported"] is True
    assert suite.metadata["backchannel_logout_session_supported"] is True


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert suite.metadata["end_session_endpoint"].startswith("https://")
    assert suite.metadata["frontchannel_logout_supported"] is True
    assert suite.metadata["frontchannel_logout_session_supported"] is True


def test_oidcc_rp_initiated_logout(suite: Suite) -> None:
    _arrives(suite, suite.sign_in())


def test_oidcc_rp_initiated_logout_with_an_expired_hint(suite: Suite) -> None:
    """What all modules rely on where the person was away for lunch (RP-Initiated Logout 4)."""
    signed = suite.sign_in()
    suite.trial.clock.advance(hours=2)
    arrival = _leave(suite, **_usual(suite, signed))
    assert isinstance(arrival, Arrival)


def test_oidcc_rp_initiated_logout_no_state(suite: Suite) -> None:
    _arrives(suite, suite.sign_in(), state=None)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(suite: Suite) -> None:
    bad = f"{suite.place}/{some(10)}"
    _stays(suite, **_usual(suite, suite.sign_in(), post_logout_redirect_uri=bad))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(suite: Suite) -> None:
    added = f"{suite.place}/post_logout_redirect?foo=bar"
    _stays(suite, **_usual(suite, suite.sign_in(), post_logout_redirect_uri=added))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(suite: Suite) -> None:
    """The suite puts `alg` to `none` and takes the signature away, or leaves it."""
    signed = suite.sign_in()
    head, body, signature = signed.hint.split(".")
    header = {**json.loads(base64.urlsafe_b64decode(head + "==")), "alg": "none"}
    unsigned = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    for hint in (f"{unsigned}.{body}.", f"{unsigned}.{body}.{signature}"):
        _stays(suite, **_usual(suite, signed, id_token_hint=hint))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(suite: Suite) -> None:
    """The same claims, signed by the suite under the name of the portal's key."""
    signed = suite.sign_in()
    kid = suite.jwks["keys"][0]["kid"]
    forged = rsa_key("RS256").sign(signed.id_token, kid=kid)
    _stays(suite, **_usual(suite, signed, id_token_hint=forged))


def test_oidcc_rp_initiated_logout_no_id_token_hint(suite: Suite) -> None:
    _stays(suite, **_usual(suite, suite.sign_in(), id_token_hint=None))


def test_oidcc_rp_initiated_logout_no_params(suite: Suite) -> None:
    suite.sign_in()
    _stays(suite)
    _is_signed_out(suite)


def test_oidcc_rp_initiated_logout_only_state(suite: Suite) -> None:
    suite.sign_in()
    _stays(suite, state=some(20))
    _is_signed_out(suite)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(suite: Suite) -> None:
    signed = suite.sign_in()
    _stays(suite, **_usual(suite, signed, post_logout_redirect_uri=None))
    _is_signed_out(suite)


@runs(BACK_CHANNEL)
def test_oidcc_backchannel_rp_initiated_logout(suite: Suite) -> None:
    """The call comes while the browser is sent back; the suite waits for both."""
    signed = suite.sign_in()
    assert signed.id_token["sid"]
    _arrives(suite, signed)
    assert deliver_due(suite.trial.portal), "what the worker does within a second"
    assert all(form.keys() == {"logout_token"} for _, form in suite.trial.away.forms)
    assert {path for path, _ in suite.trial.away.forms} == {"/test/a/portal/backchannel_logout"}
    called = [claims_of(form["logout_token"][0], suite.jwks) for _, form in suite.trial.away.forms]
    (said,) = [claims for claims in called if claims["aud"] == suite.client.client_id]
    for name in ("iss", "sub", "sid"):
        assert said[name] == signed.id_token[name]
    assert said["events"] == EVENTS
    assert said["jti"]
    assert said["iat"] <= suite.now < said["exp"]
    assert "nonce" not in said


@runs(FRONT_CHANNEL)
def test_oidcc_frontchannel_rp_initiated_logout(suite: Suite) -> None:
    """The page frames the app, as far as its own policy lets it, and goes on by itself."""
    signed = suite.sign_in()
    _arrives(suite, signed)
    (framed,) = suite.robot.framed
    address, _, _ = framed.partition("?")
    assert address == f"{suite.place}/frontchannel_logout"
    assert Arrival(framed).query == {"iss": suite.metadata["issuer"], "sid": signed.id_token["sid"]}
