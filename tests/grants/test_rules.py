"""Scopes and claims, as pure questions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.grants.rules.claims import OFFERED, ClaimsMalformed, claims_about, names_of, parse_claims
from portal.grants.rules.scopes import SUPPORTED, allowed_of, scopes_of
from tests.support.portals import MovableClock


@pytest.fixture
def maya(clock: MovableClock) -> User:
    now = clock.now()
    return User(username="maya", email="maya@meridian.example", name="Maya", created_at=now, updated_at=now)


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        (None, ()),
        ("", ()),
        ("openid", ("openid",)),
        ("  openid   email openid ", ("openid", "email")),
        ("a" * 100, ("a" * 100,)),
        ("a" * 101, None),
        ('open"id', None),
        ("open\\id", None),
        ("openid\temail", None),
        ("öpenid", None),
    ],
)
def test_scopes_are_read_by_the_grammar_of_the_rfc(text: str | None, scopes: tuple[str, ...] | None) -> None:
    assert scopes_of(text) == scopes


@given(st.text(max_size=200))
def test_reading_scopes_never_fails(text: str) -> None:
    scopes = scopes_of(text)
    assert scopes is None or len(set(scopes)) == len(scopes)


def test_what_remains_is_real_and_registered() -> None:
    wanted = ("email", "openid", "telepathy", "groups", "roles")
    assert allowed_of(wanted, registered=("openid", "email", "telepathy")) == ("email", "openid")


def test_every_offered_claim_belongs_to_a_scope() -> None:
    assert names_of(SUPPORTED) == set(OFFERED)
    assert names_of(["openid", "offline_access"]) == frozenset()
    assert names_of(["openid"], further=["nickname", "password_hash"]) == {"nickname"}


def test_claims_without_a_value_are_left_out(maya: User) -> None:
    claims = claims_about(maya, OFFERED)
    assert set(claims) == {"name", "preferred_username", "updated_at", "email", "email_verified"}
    assert claims["email_verified"] is False


def test_no_claim_overrides_what_the_protocol_says(maya: User) -> None:
    reserved = {
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "nonce",
        "scope",
        "client_id",
    }
    assert reserved & set(OFFERED) == set()
    assert claims_about(maya, reserved) == {}


def test_the_claims_parameter_is_read() -> None:
    read = parse_claims(
        '{"userinfo": {"name": null, "picture": {"essential": true}, "nonsense": null},'
        ' "id_token": {"email": {}, "sub": {"value": "me"}, "acr": {"essential": true, "values": ["2", 3]}}, "x": 1}'
    )
    assert read.userinfo == ("name", "picture")
    assert read.id_token == ("email",)
    assert (read.subject, read.essential_acr) == ("me", ("2",))
    assert read.by_place() == {"userinfo": ["name", "picture"], "id_token": ["email"]}
    assert parse_claims(None).names == parse_claims("{}").names == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "1",
        "null",
        "{",
        '{"userinfo": []}',
        '{"id_token": {"name": 1}}',
        "{" * 5000,
        "[" * 3000,
        '{"userinfo": {"sub": []}}',
    ],
)
def test_a_malformed_claims_parameter_is_refused(text: str) -> None:
    with pytest.raises(ClaimsMalformed):
        parse_claims(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_reading_claims_fails_in_one_way_only(document: object) -> None:

    try:
        read = parse_claims(json.dumps(document))
    except ClaimsMalformed:
        return
    assert set(read.names) <= set(OFFERED)
