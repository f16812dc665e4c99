"""Modules of the Basic, Implicit, Hybrid and Form Post plans about what is told of a person, and where."""

import json

import pytest

from tests.conformance.checks import PROTOCOL, claims_of_scopes
from tests.conformance.suite import Suite
from tests.conformance.variants import (
    BASIC,
    CODE_ID_TOKEN,
    FORM_POST,
    ID_TOKEN,
    in_each_plan,
    in_every_way,
    runs,
    with_userinfo,
)

EVERY_SCOPE = ("profile", "email", "address", "phone")


@with_userinfo
def test_oidcc_userinfo_get(suite: Suite) -> None:
    signed = suite.sign_in()
    assert suite.userinfo(signed.access_token, "GET").get_json()["sub"] == signed.id_token["sub"]


@with_userinfo
def test_oidcc_userinfo_post_header(suite: Suite) -> None:
    signed = suite.sign_in()
    assert suite.userinfo(signed.access_token, "POST").get_json()["sub"] == signed.id_token["sub"]


@with_userinfo
def test_oidcc_userinfo_post_body(suite: Suite) -> None:
    signed = suite.sign_in()
    form = {"access_token": signed.access_token}
    answer = suite.call("POST", suite.metadata["userinfo_endpoint"], data=form)
    assert answer.get_json()["sub"] == signed.id_token["sub"]


def _scope(suite: Suite, *scopes: str) -> None:
    """At UserInfo, or in the ID token where there is no other place: all of the claims, and no others."""
    signed = suite.sign_in(scope=" ".join(("openid", *scopes)))
    assert signed.told.keys() - PROTOCOL - {"sub"} == claims_of_scopes(" ".join(scopes))


@in_each_plan
def test_oidcc_scope_profile(suite: Suite) -> None:
    _scope(suite, "profile")


@in_each_plan
def test_oidcc_scope_email(suite: Suite) -> None:
    _scope(suite, "email")


@in_each_plan
def test_oidcc_scope_address(suite: Suite) -> None:
    _scope(suite, "address")


@in_each_plan
def test_oidcc_scope_phone(suite: Suite) -> None:
    _scope(suite, "phone")


@in_every_way
def test_oidcc_scope_all(suite: Suite) -> None:
    _scope(suite, *EVERY_SCOPE)


@with_userinfo
def test_oidcc_claims_essential(suite: Suite) -> None:
    wanted = json.dumps({"userinfo": {"name": {"essential": True}}})
    signed = suite.sign_in(claims=wanted)
    assert signed.userinfo["name"] == "Robin Quill Marsh"
    assert all("name" not in claims for claims in signed.id_tokens)


@runs(ID_TOKEN)
def test_oidcc_claims_essential_without_userinfo(suite: Suite) -> None:
    """The same module where the ID token is all there is."""
    signed = suite.sign_in(claims=json.dumps({"id_token": {"name": {"essential": True}}}))
    assert signed.id_token["name"] == "Robin Quill Marsh"


@pytest.mark.parametrize("hint", ["buffy@localhost", "robin@conformance.example"])
@runs(BASIC, FORM_POST, ID_TOKEN, CODE_ID_TOKEN)
def test_oidcc_login_hint(suite: Suite, hint: str) -> None:
    suite.open_browser()
    assert suite.sign_in(login_hint=hint).id_token
