"""Modules of the Basic, Implicit, Hybrid and Form Post plans about requests: what has to work, and what must not."""

import base64
import hashlib

from tests.conformance.checks import claims_of, entropy
from tests.conformance.client import some
from tests.conformance.pages import Page
from tests.conformance.suite import Suite
from tests.conformance.variants import (
    BASIC,
    BASIC_POSTGRESQL,
    CODE_ID_TOKEN,
    CODE_TOKEN,
    CORE,
    FORM_POST,
    HYBRID,
    IMPLICIT,
    POSTED_HYBRID,
    POSTED_IMPLICIT,
    in_each_plan,
    runs,
    with_code,
)


@runs(*CORE, BASIC_POSTGRESQL)
def test_oidcc_server(suite: Suite) -> None:
    """`sign_in` looks at all that the happy path has: code, tokens, their hashes, claims, userinfo."""
    signed = suite.sign_in()
    assert signed.id_tokens
    if suite.variant.response_type != "id_token":
        assert entropy(signed.access_token) >= 96


@in_each_plan
def test_oidcc_response_type_missing(suite: Suite) -> None:
    """Without a type there is no fragment to ask for, so the answer is in the query, or posted."""
    answer = suite.authorize(suite.request(response_type=None))
    assert answer["error"] in {"invalid_request", "unsupported_response_type"}


@in_each_plan
def test_oidcc_idtoken_signature(suite: Suite) -> None:
    assert claims_of(suite.sign_in().hint, suite.jwks, algorithm="RS256")


def test_oidcc_idtoken_unsigned(suite: Suite) -> None:
    """Skipped by the suite, because nothing unsigned is on offer."""
    listed = [value for name, value in suite.metadata.items() if name.endswith("alg_values_supported")]
    assert not any("none" in algorithms for algorithms in listed)


@runs(BASIC, FORM_POST, CODE_TOKEN, POSTED_HYBRID[1])
def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite: Suite) -> None:
    assert "nonce" not in suite.sign_in(nonce=None).id_token


@runs(*IMPLICIT, *(one for one in (*HYBRID, *POSTED_IMPLICIT, *POSTED_HYBRID) if "id_token" in one.parts))
def test_oidcc_ensure_request_without_nonce_fails(suite: Suite) -> None:
    """Where the authorization endpoint gives an ID token (Core 3.2.2.1, 3.3.2.11)."""
    answer = suite.authorize(suite.request(nonce=None))
    assert answer["error"] == "invalid_request"


@in_each_plan
def test_oidcc_alternate_happy_flow(suite: Suite) -> None:
    asked = suite.request(scope="email openid")
    answer = suite.authorize(dict(reversed(asked.items())))
    if "id_token" in answer:
        assert suite.checked_front_id_token(answer, asked)["sub"]
    if "code" in answer:
        tokens = suite.checked_tokens(suite.redeem(answer["code"]))
        claims = suite.checked_id_token(tokens["id_token"], asked)
        assert suite.checked_userinfo(tokens["access_token"], asked, claims["sub"])["email"]


@in_each_plan
def test_oidcc_display_page(suite: Suite) -> None:
    assert suite.sign_in(display="page").id_token


@in_each_plan
def test_oidcc_display_popup(suite: Suite) -> None:
    assert suite.sign_in(display="popup").id_token


@in_each_plan
def test_oidcc_ensure_request_with_unknown_parameter_succeeds(suite: Suite) -> None:
    assert suite.sign_in(extra="foobar").id_token


@in_each_plan
def test_oidcc_ui_locales(suite: Suite) -> None:
    assert suite.sign_in(ui_locales="se").id_token


@in_each_plan
def test_oidcc_claims_locales(suite: Suite) -> None:
    assert suite.sign_in(claims_locales="se").id_token


@in_each_plan
def test_oidcc_ensure_request_with_acr_values_succeeds(suite: Suite) -> None:
    offered = suite.metadata["acr_values_supported"]
    signed = suite.sign_in(acr_values=" ".join(offered))
    assert all(claims["acr"] in offered for claims in signed.id_tokens)


@in_each_plan
def test_oidcc_ensure_registered_redirect_uri(suite: Suite) -> None:
    page = suite.visit(suite.request(redirect_uri=f"{suite.callback}/{some(10)}"))
    assert isinstance(page, Page)
    assert page.status == 400
    assert suite.robot.shown, "and the suite has filed the page"


@in_each_plan
def test_oidcc_ensure_post_request_succeeds(suite: Suite) -> None:
    assert suite.sign_in(by_post=True).id_token


@with_code
def test_oidcc_server_client_secret_post(suite: Suite) -> None:
    posting = suite.as_client("client_secret_post")
    posting.client = posting.client.by("client_secret_post")
    assert posting.sign_in().id_token


@runs(BASIC, FORM_POST, CODE_ID_TOKEN)
def test_oidcc_ensure_request_with_valid_pkce_succeeds(suite: Suite) -> None:
    verifier = some(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    signed = suite.sign_in(verifier=verifier, code_challenge=challenge, code_challenge_method="S256")
    assert signed.id_token
