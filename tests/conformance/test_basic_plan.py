"""oidcc-basic-certification-test-plan: its modules, in its order (code, client_secret_basic, usually no PKCE)."""

import base64
import hashlib
import json

import pytest

from tests.conformance.checks import CLAIMS, claims_of, entropy
from tests.conformance.pages import Page
from tests.conformance.suite import CALLBACK, LONG_STATE_END, Suite, some

LONG_STATE = some(124) + LONG_STATE_END
EVERY_SCOPE = ("profile", "email", "address", "phone")


def test_oidcc_server(suite: Suite) -> None:
    signed = suite.sign_in()
    assert len(signed.answer["code"]) >= 16
    assert entropy(signed.tokens["access_token"]) >= 96


def test_oidcc_response_type_missing(suite: Suite) -> None:
    answer = suite.authorize(suite.request(response_type=None))
    assert answer["error"] in {"invalid_request", "unsupported_response_type"}


def test_oidcc_idtoken_signature(suite: Suite) -> None:
    tokens = suite.sign_in().tokens
    assert claims_of(tokens["id_token"], suite.jwks, algorithm="RS256")


def test_oidcc_idtoken_unsigned(suite: Suite) -> None:
    """Skipped by the suite, because nothing unsigned is on offer."""
    listed = [value for name, value in suite.metadata.items() if name.endswith("alg_values_supported")]
    assert not any("none" in algorithms for algorithms in listed)


def test_oidcc_userinfo_get(suite: Suite) -> None:
    signed = suite.sign_in()
    assert suite.userinfo(signed.tokens["access_token"], "GET").get_json()["sub"] == signed.id_token["sub"]


def test_oidcc_userinfo_post_header(suite: Suite) -> None:
    signed = suite.sign_in()
    assert suite.userinfo(signed.tokens["access_token"], "POST").get_json()["sub"] == signed.id_token["sub"]


def test_oidcc_userinfo_post_body(suite: Suite) -> None:
    signed = suite.sign_in()
    form = {"access_token": signed.tokens["access_token"]}
    answer = suite.call("POST", suite.metadata["userinfo_endpoint"], form=form)
    assert answer.get_json()["sub"] == signed.id_token["sub"]


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite: Suite) -> None:
    assert "nonce" not in suite.sign_in(nonce=None).id_token


def _scope(suite: Suite, *scopes: str) -> None:
    """`sign_in` has compared userinfo with the claims of the scopes: all of them, and no others."""
    signed = suite.sign_in(scope=" ".join(("openid", *scopes)))
    assert signed.userinfo.keys() == {"sub"}.union(*(CLAIMS[scope] for scope in scopes))


def test_oidcc_scope_profile(suite: Suite) -> None:
    _scope(suite, "profile")


def test_oidcc_scope_email(suite: Suite) -> None:
    _scope(suite, "email")


def test_oidcc_scope_address(suite: Suite) -> None:
    _scope(suite, "address")


def test_oidcc_scope_phone(suite: Suite) -> None:
    _scope(suite, "phone")


def test_oidcc_scope_all(suite: Suite) -> None:
    _scope(suite, *EVERY_SCOPE)


def test_oidcc_alternate_happy_flow(suite: Suite) -> None:
    asked = suite.request(scope="email openid")
    answer = suite.authorize(dict(reversed(asked.items())))
    tokens = suite.redeem(answer["code"]).get_json()
    claims = suite.checked_id_token(tokens["id_token"], asked)
    assert suite.checked_userinfo(tokens, asked, claims["sub"])["email"]


def test_oidcc_display_page(suite: Suite) -> None:
    assert suite.sign_in(display="page").id_token


def test_oidcc_display_popup(suite: Suite) -> None:
    assert suite.sign_in(display="popup").id_token


def test_oidcc_prompt_login(suite: Suite) -> None:
    first = suite.sign_in()
    suite.clock.advance(seconds=2)
    again = suite.sign_in(prompt="login")
    assert "Sign in" in suite.robot.shown[0], "the page of the second sign-in is what the suite files"
    assert again.id_token["auth_time"] > first.id_token["auth_time"]
    assert again.id_token["sub"] == first.id_token["sub"]


def test_oidcc_prompt_none_not_logged_in(suite: Suite) -> None:
    answer = suite.authorize(suite.request(prompt="none", state=LONG_STATE))
    assert answer["error"] == "login_required"
    assert answer["state"] == LONG_STATE


def test_oidcc_prompt_none_logged_in(suite: Suite) -> None:
    first = suite.sign_in()
    again = suite.sign_in(prompt="none")
    assert suite.robot.seen == [], "no page on the way"
    assert again.id_token["sub"] == first.id_token["sub"]
    assert again.id_token["auth_time"] == first.id_token["auth_time"]


def test_oidcc_max_age_1(suite: Suite) -> None:
    first = suite.sign_in()
    suite.clock.advance(seconds=3)
    again = suite.sign_in(max_age="1")
    assert suite.robot.shown, "signed in again"
    assert first.id_token["auth_time"] < again.id_token["auth_time"]
    assert again.id_token["auth_time"] > suite.now - 10


def test_oidcc_max_age_10000(suite: Suite) -> None:
    first = suite.sign_in(max_age="15000")
    suite.clock.advance(seconds=1)
    again = suite.sign_in(max_age="10000")
    assert suite.robot.seen == []
    assert again.id_token["auth_time"] == first.id_token["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(suite: Suite) -> None:
    assert suite.sign_in(extra="foobar").id_token


def test_oidcc_id_token_hint(suite: Suite) -> None:
    first = suite.sign_in()
    suite.clock.advance(hours=2)
    again = suite.sign_in(prompt="none", id_token_hint=first.tokens["id_token"])
    assert again.id_token["sub"] == first.id_token["sub"], "an expired hint is as good as a fresh one"


@pytest.mark.parametrize("hint", ["buffy@localhost", "robin@conformance.example"])
def test_oidcc_login_hint(suite: Suite, hint: str) -> None:
    assert suite.sign_in(login_hint=hint).id_token


def test_oidcc_ui_locales(suite: Suite) -> None:
    assert suite.sign_in(ui_locales="se").id_token


def test_oidcc_claims_locales(suite: Suite) -> None:
    assert suite.sign_in(claims_locales="se").id_token


def test_oidcc_ensure_request_with_acr_values_succeeds(suite: Suite) -> None:
    offered = suite.metadata["acr_values_supported"]
    assert suite.sign_in(acr_values=" ".join(offered)).id_token["acr"] in offered


def test_oidcc_codereuse(suite: Suite) -> None:
    signed = suite.sign_in()
    again = suite.redeem(signed.answer["code"])
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(suite: Suite) -> None:
    signed = suite.sign_in()
    suite.clock.advance(seconds=30)
    again = suite.redeem(signed.answer["code"])
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert again.headers["Cache-Control"] == "no-store"
    assert suite.userinfo(signed.tokens["access_token"]).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(suite: Suite) -> None:
    page = suite.visit(suite.request(redirect_uri=f"{CALLBACK}/{some(10)}"))
    assert isinstance(page, Page)
    assert page.status == 400
    assert suite.robot.shown, "and the suite has filed the page"


def test_oidcc_ensure_post_request_succeeds(suite: Suite) -> None:
    assert suite.sign_in(by_post=True).id_token


def test_oidcc_server_client_secret_post(suite: Suite) -> None:
    suite.who, suite.auth_method = "client_secret_post", "client_secret_post"
    assert suite.sign_in().id_token


def test_oidcc_claims_essential(suite: Suite) -> None:
    wanted = json.dumps({"userinfo": {"name": {"essential": True}}})
    signed = suite.sign_in(claims=wanted)
    assert signed.userinfo["name"] == "Robin Quill Marsh"
    assert "name" not in signed.id_token


def test_oidcc_refresh_token(suite: Suite) -> None:
    first = suite.sign_in(scope="openid offline_access", prompt="consent")
    other = Suite(suite.app, suite.clock, suite.config, suite.module, who="client2")
    second = other.sign_in(scope="openid offline_access", prompt="consent")
    suite.clock.advance(seconds=1)
    endpoint = suite.metadata["token_endpoint"]
    for run, signed, further in ((suite, first, {"scope": first.asked["scope"]}), (other, second, {})):
        token = signed.tokens["refresh_token"]
        answer = run.post(endpoint, grant_type="refresh_token", refresh_token=token, **further)
        assert (answer.status_code, answer.content_type) == (200, "application/json"), answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        tokens = answer.get_json()
        assert tokens["token_type"] == "Bearer"
        assert tokens["expires_in"] > 0
        assert entropy(tokens["access_token"]) >= 96
        assert entropy(tokens["refresh_token"]) >= 128
        fresh = claims_of(tokens["id_token"], run.jwks)
        for name in ("iss", "sub", "aud", "auth_time"):
            assert fresh[name] == signed.id_token[name]
        assert fresh["iat"] > signed.id_token["iat"]
        signed.tokens = tokens
    stolen = suite.post(endpoint, grant_type="refresh_token", refresh_token=second.tokens["refresh_token"])
    assert (stolen.status_code, stolen.get_json()["error"]) == (400, "invalid_grant")


def test_oidcc_ensure_request_with_valid_pkce_succeeds(suite: Suite) -> None:
    verifier = some(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    signed = suite.sign_in(verifier=verifier, code_challenge=challenge, code_challenge_method="S256")
    assert signed.id_token
