"""What is pasted into the token inspector and is none of ours: forged, foreign, closed, or no token at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal.infra.crypto.jose import load_private_key, new_key, sign
from tests.admin.conftest import HOSTILE, Operator, entries_of, shown
from tests.admin.test_client_statistics import relying
from tests.admin.test_clients import register
from tests.admin.test_tokens import inspect
from tests.oauth.steps import ISSUER, App, tokens_for
from tests.support.signing import OwnKey

if TYPE_CHECKING:
    from portal.bootstrap import Portal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def app_of(portal: Portal, maya: Operator) -> App:
    path = register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")
    return relying(portal, maya, path)


def test_what_is_pasted_by_mistake_leaves_nothing(portal: Portal, maya: Operator) -> None:
    page = inspect(maya, "heron-weir-reed-9")
    assert "Nothing that the portal knows" in shown(page)
    assert "heron-weir-reed-9" not in page
    (entry,) = entries_of(portal, "tokens.inspected")
    assert entry.details == {"kind": "Nothing that the portal knows"}


def test_a_token_inside_of_another_is_not_said_again(maya: Operator, devon: Operator, app_of: App) -> None:
    inner = tokens_for(devon.browser, app_of)["id_token"]
    key = OwnKey()
    wrapped = key.sign(
        {"iss": app_of.client_id, "id_token_hint": inner, "aud": ISSUER}, typ="oauth-authz-req+jwt"
    )
    page = inspect(maya, wrapped)
    assert inner not in page
    assert "(a token, not shown)" in page
    assert "Not by a key of Kestrel CI that we know." in shown(page)


def test_tokens_of_others_and_closed_ones_are_told_apart(maya: Operator) -> None:
    key = OwnKey()
    foreign = key.sign({"iss": "https://other.example", "sub": "x", "exp": 9_999_999_999}, typ="at+jwt")
    page = shown(inspect(maya, foreign))
    assert "Another issuer made it, or so it says." in page
    assert "By no key of this portal." in page
    closed = "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMTI4R0NNIn0.AAAA.AAAA.AAAA.AAAA"
    page = shown(inspect(maya, closed))
    assert "Encrypted token Only its reader can open it" in page


def test_a_forged_token_is_none_of_ours(portal: Portal, maya: Operator, devon: Operator, app_of: App) -> None:
    real = tokens_for(devon.browser, app_of)["access_token"]
    head, body, signature = real.split(".")
    bent = f"{head}.{body}.{signature[:-4]}AAAA"
    assert "the signature is not by it" in shown(inspect(maya, bent))
    key = new_key("ES256")
    private = load_private_key(key.private_der, kid=key.kid)
    claims: dict[str, Any] = {"iss": ISSUER, "sub": "admin", "aud": ISSUER, "exp": 9_999_999_999}
    forged = sign(claims, private, kid=key.kid, algorithm="ES256", typ="at+jwt")
    page = shown(inspect(maya, forged))
    assert "By no key of this portal." in page
    assert "Not valid" in page
    assert "Nobody vouches for any of this" in page
    none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    assert "Not valid" in shown(inspect(maya, none))


def test_hostile_texts_are_only_text(maya: Operator) -> None:
    deep = "e30." + "W1tbW1tbW1tb" * 500 + ".x"
    huge = '{"exp": 1e400}'
    for text in (*HOSTILE, deep, huge, "a.b.c", "....", "e30.e30.e30", "sec_" + "0" * 66, "\x00", "é" * 300):
        answer = maya.send("/admin/tokens", {"token": text})
        assert answer.status_code in {200, 422}, text
        assert "<script>alert" not in answer.text
    assert maya.send("/admin/tokens", {"token": ""}).status_code == 422
    assert maya.send("/admin/tokens", {"token": "x" * 40_001}).status_code == 422
