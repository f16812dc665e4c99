"""Modules of the Basic, Hybrid and Form Post plans about codes and refresh tokens that come again."""

from tests.conformance.checks import claims_of, entropy
from tests.conformance.suite import Suite
from tests.conformance.variants import (
    BASIC,
    BASIC_POSTGRESQL,
    CODE_ID_TOKEN,
    FORM_POST,
    HYBRID,
    runs,
    with_code,
)


@with_code
def test_oidcc_codereuse(suite: Suite) -> None:
    signed = suite.sign_in()
    again = suite.redeem(signed.answer["code"])
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")


@runs(BASIC, BASIC_POSTGRESQL, FORM_POST, *HYBRID)
def test_oidcc_codereuse_30seconds(suite: Suite) -> None:
    signed = suite.sign_in()
    suite.trial.clock.advance(seconds=30)
    again = suite.redeem(signed.answer["code"])
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert again.headers["Cache-Control"] == "no-store"
    assert suite.userinfo(signed.tokens["access_token"]).status_code == 401


@runs(BASIC, BASIC_POSTGRESQL, FORM_POST, CODE_ID_TOKEN)
def test_oidcc_refresh_token(suite: Suite) -> None:
    other = suite.as_client("client2")
    first = suite.sign_in(scope="openid offline_access", prompt="consent")
    second = other.sign_in(scope="openid offline_access", prompt="consent")
    suite.trial.clock.advance(seconds=1)
    for run, signed, further in ((suite, first, {"scope": first.asked["scope"]}), (other, second, {})):
        tokens = run.checked_tokens(run.refresh(signed.tokens["refresh_token"], **further))
        assert entropy(tokens["refresh_token"]) >= 128
        fresh = claims_of(tokens["id_token"], run.jwks)
        for name in ("iss", "sub", "aud", "auth_time"):
            assert fresh[name] == signed.id_token[name]
        assert fresh["iat"] > signed.id_token["iat"]
        signed.tokens = tokens
    stolen = suite.refresh(second.tokens["refresh_token"])
    assert (stolen.status_code, stolen.get_json()["error"]) == (400, "invalid_grant")
