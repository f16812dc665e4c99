"""The keys of clients that are part of their registration, and what their signatures must be like."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.clients.keys import ClientKeys
from portal.infra.crypto.jose import ALGORITHMS
from portal.infra.fetch import Fetcher
from tests.clients.copies import client_of, takes
from tests.support.signing import OwnKey, Signing, key_set, raw_token, rsa_key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_registered_key_of_each_kind_verifies(algorithm: Signing) -> None:
    key = rsa_key(algorithm) if algorithm in {"RS256", "PS256"} else OwnKey(algorithm)
    keys, client = ClientKeys(Fetcher()), client_of(jwks=key_set(key))
    assert takes(keys, client, key.sign({"sub": "x"}))
    assert takes(keys, client, key.sign({"sub": "x"}, typ=None, kid=None)), "the only one needs no name"
    assert not takes(keys, client, OwnKey("ES256", kid=key.kid).sign({"sub": "x"}))


def test_a_key_is_taken_by_its_name_or_for_being_the_only_one() -> None:
    one, two, nameless = OwnKey(kid="1"), OwnKey(kid="2"), OwnKey(kid=None)
    keys = ClientKeys(Fetcher())
    both = client_of(jwks=key_set(one, two))
    assert takes(keys, both, one.sign({"sub": "x"}))
    assert takes(keys, both, two.sign({"sub": "x"}))
    assert not takes(keys, both, two.sign({"sub": "x"}, kid="1"))
    assert not takes(keys, both, one.sign({"sub": "x"}, kid=None))
    assert not takes(keys, both, one.sign({"sub": "x"}, kid="3"))
    assert takes(keys, client_of(jwks=key_set(nameless)), nameless.sign({"sub": "x"}, kid="any"))


def test_keys_for_other_things_and_keys_of_other_kinds_are_passed_over() -> None:
    good, rsa = OwnKey(kid="good"), rsa_key("RS256")
    others: list[object] = [
        {**good.jwk, "use": "enc"},
        {**good.jwk, "key_ops": ["deriveBits"]},
        {**good.jwk, "alg": "ES384"},
        {**good.jwk, "d": "AAAA"},
        {**good.jwk, "y": good.jwk["x"]},
        {**rsa.jwk, "kid": "good", "n": rsa.jwk["n"][:160]},
        {**rsa.jwk, "kid": "good", "e": "AQ"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "good"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": ["RSA"]},
        "key",
        None,
    ]
    keys = ClientKeys(Fetcher())
    for other in others:
        assert not takes(keys, client_of(jwks={"keys": [other]}), good.sign({"sub": "x"})), other
    assert takes(keys, client_of(jwks={"keys": [*others, good.jwk]}), good.sign({"sub": "x"}))
    broken_sets: tuple[dict[str, Any], ...] = ({}, {"keys": {}}, {"keys": [good.jwk] * 51})
    for broken in broken_sets:
        assert not takes(keys, client_of(jwks=broken), good.sign({"sub": "x"}))


def test_a_change_of_the_registration_counts_at_once() -> None:
    old, new = OwnKey(), OwnKey()
    keys, client = ClientKeys(Fetcher()), client_of(jwks=key_set(old))
    assert takes(keys, client, old.sign({"sub": "x"}))
    changed = replace(client, jwks=key_set(new), version=datetime(2026, 1, 2, tzinfo=UTC))
    assert takes(keys, changed, new.sign({"sub": "x"}))
    assert not takes(keys, changed, old.sign({"sub": "x"}))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/keys"},
        {"jwk": {"kty": "EC"}},
        {"typ": "at+jwt"},
        {"typ": ["JWT"]},
        {"kid": 7},
        {"kid": "x" * 301},
        {"zip": "DEF"},
    ],
)
def test_what_a_header_must_not_say(header: dict[str, Any]) -> None:
    key = OwnKey()
    head = {"alg": "ES256", "kid": key.kid, **header}
    text = raw_token(key, json.dumps(head), '{"sub":"x"}')
    assert not takes(ClientKeys(Fetcher()), client_of(jwks=key_set(key)), text)


def test_a_name_that_comes_twice_is_refused_and_the_same_without_it_is_not() -> None:
    key = OwnKey(kid="k")
    keys, client = ClientKeys(Fetcher()), client_of(jwks=key_set(key))
    assert takes(keys, client, raw_token(key, '{"alg":"ES256","kid":"k"}', '{"sub":"x"}'))
    assert not takes(keys, client, raw_token(key, '{"alg":"ES256","kid":"j","kid":"k"}', '{"sub":"x"}'))
    assert not takes(keys, client, raw_token(key, '{"alg":"ES256","kid":"k"}', '{"sub":"y","sub":"x"}'))
    assert not takes(keys, client, raw_token(key, '{"alg":"ES256","kid":"k"}', '["x"]'))
