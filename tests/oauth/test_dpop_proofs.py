"""What a DPoP proof must be like (RFC 9449 section 4.3): the pure rule. CONFORMANCE 7.4, dpop-negative-tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.oauth.dpop import Proof, ProofRefused, read_proof
from tests.oauth.forgeries import forgeries
from tests.oauth.proving import hash_of, proof
from tests.oauth.steps import part_of, payload_of
from tests.support.signing import OwnKey, Signing, raw_token, rsa_key

ADDRESS = "https://portal.example/oauth2/token"
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
TOKEN = "atk.for.test"
KEY = OwnKey("ES256")


def made(key: OwnKey = KEY, **changes: Any) -> str:  # noqa: ANN401
    usual = {"htu": ADDRESS, "iat": int(AT.timestamp()), "htm": "POST"}
    return proof(key, "", **{**usual, **changes})


def read(text: str, *, address: str = ADDRESS, at: datetime = AT, access_token: str | None = None) -> Proof:
    return read_proof(text, method="POST", address=address, at=at, access_token=access_token)


def is_good(text: str, **how: Any) -> bool:  # noqa: ANN401
    try:
        read(text, **how)
    except ProofRefused:
        return False
    return True


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_a_proof_names_its_key_by_its_thumbprint(algorithm: Signing) -> None:
    key = rsa_key("PS256") if algorithm == "PS256" else OwnKey(algorithm)
    found = read(made(key, jti="j", nonce="n"))
    assert (found.thumbprint, found.jti, found.nonce) == (key.thumbprint, "j", "n")
    assert found.made_at == AT


@pytest.mark.parametrize("claim", ["htm", "htu", "iat", "jti"])
def test_every_claim_is_needed(claim: str) -> None:
    odd: tuple[Any, ...] = (None, "", 7.5, True, [], {}, "x" * 3000)
    assert [value for value in odd if is_good(made(KEY, **{claim: value}))] == []


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": None}, "typ"),
        ({"typ": "JWT"}, "typ"),
        ({"typ": "dpop"}, "typ"),
        ({"jwk": None}, "jwk"),
        ({"jku": "https://evil.example"}, "jwk"),
        ({"x5u": "https://evil.example"}, "jwk"),
        ({"jwk": OwnKey("ES256").bare}, "signature"),
        ({"jwk": {**KEY.bare, "use": "enc"}}, "not a key for its alg"),
        ({"jwk": {**KEY.bare, "key_ops": ["sign"]}}, "not a key for its alg"),
        ({"jwk": {**KEY.bare, "alg": "PS256"}}, "not a key for its alg"),
        ({"jwk": KEY.key.as_dict(private=True)}, "private"),
        ({"jwk": {**KEY.bare, "d": ""}}, "private"),
        ({"jwk": {**KEY.bare, "k": "AA"}}, "private"),
        ({"jwk": {"kty": "oct"}}, "jwk"),
        ({"jwk": {**KEY.bare, "crv": "P-384"}}, "jwk"),
        ({"jwk": {**KEY.bare, "y": KEY.bare["x"]}}, "jwk"),
        ({"jwk": rsa_key("PS256").bare}, "not a key for its alg"),
    ],
)
def test_headers_that_prove_nothing(header: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProofRefused, match=reason):
        read(made(header=header))


@pytest.mark.parametrize(
    "jwk", ["key", 7, [], None, {}, {"kty": None}, {"kty": "EC", "crv": 1, "x": [], "y": {}}]
)
def test_a_header_whose_key_is_none(jwk: object) -> None:
    head = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk})
    assert not is_good(raw_token(KEY, head, json.dumps(payload_of(made()))))


def test_algorithms_that_are_not_taken() -> None:
    """RS256 is none of FAPI 2.0's; a short RSA key is none at all."""
    rsa = rsa_key("PS256")
    assert is_good(made(rsa))
    text = made(rsa)
    assert not is_good(rsa.sign(payload_of(text), algorithm="RS256", typ="dpop+jwt", jwk=rsa.bare, kid=None))


def test_forged_proofs_prove_nothing() -> None:
    """SECURITY C-4 at the place where proofs are read; a key that a forger brings along is the forger's own."""
    own = made()
    genuine = part_of(own, 0)["jwk"]
    taken = [
        name
        for name, text in forgeries(own, {"keys": [KEY.jwk]})
        if is_good(text) and read(text).thumbprint == KEY.thumbprint
    ]
    assert genuine == KEY.bare
    assert taken == []


@pytest.mark.parametrize(
    ("seconds", "good"),
    [
        (-10, True),
        (10, True),
        (-59, True),
        (59, True),
        (-61, False),
        (61, False),
        (-3600, False),
        (3600, False),
    ],
)
def test_a_proof_is_of_now(seconds: int, *, good: bool) -> None:
    """ensure-dpopproof-with-iat-10seconds-before-succeeds, -after-succeeds."""
    assert is_good(made(iat=int(AT.timestamp()) + seconds)) is good


def test_a_proof_that_says_when_it_counts_is_held_to_it() -> None:
    """check-dpop-proof-nbf-exp."""
    now = int(AT.timestamp())
    assert is_good(made(nbf=now - 5, exp=now + 5))
    assert is_good(made(nbf=now + 10, exp=now - 10)), "clocks differ"
    assert not is_good(made(exp=now - 100))
    assert not is_good(made(nbf=now + 100))
    assert not is_good(made(exp="soon"))


@pytest.mark.parametrize(
    "htu",
    [
        ADDRESS,
        f"{ADDRESS}?x=1",
        f"{ADDRESS}#part",
        f"{ADDRESS}?x=1#part",
        "https://PORTAL.example/oauth2/token",
        "HTTPS://portal.example/oauth2/token",
        "https://portal.example:443/oauth2/token",
    ],
)
def test_ways_to_write_the_same_address(htu: str) -> None:
    assert is_good(made(htu=htu))


@pytest.mark.parametrize(
    "htu",
    [
        "https://portal.example",
        "https://portal.example/oauth2/token/",
        "https://portal.example/oauth2/TOKEN",
        "https://portal.example/oauth2/userinfo",
        "https://portal.example/oauth2/%74oken",
        "https://portal.example//oauth2/token",
        "https://portal.example/x/../oauth2/token",
        "http://portal.example/oauth2/token",
        "https://portal.example:8443/oauth2/token",
        "https://portal.example:99999/oauth2/token",
        "https://portal.example:x/oauth2/token",
        "https://portal.example@evil.example/oauth2/token",
        "https://evil@portal.example/oauth2/token",
        "https://portal.example.evil.example/oauth2/token",
        "https://[portal.example/oauth2/token",
        "//portal.example/oauth2/token",
        "/oauth2/token",
        " https://portal.example/oauth2/token",
        "https://portal.example/oauth2/token\n",
        "https://p\u043ertal.example/oauth2/token",
    ],
)
def test_other_addresses(htu: str) -> None:
    assert not is_good(made(htu=htu))


def test_the_portal_may_live_on_another_port() -> None:
    assert is_good(made(htu="http://localhost:8000/x"), address="http://localhost:8000/x")
    assert is_good(made(htu="http://LOCALHOST:80/x"), address="http://localhost/x")
    assert not is_good(made(htu="http://localhost/x"), address="http://localhost:8000/x")


@pytest.mark.parametrize("htm", ["GET", "post", "Post", "POST ", "HEAD"])
def test_another_method(htm: str) -> None:
    assert not is_good(made(htm=htm))


def test_a_proof_beside_an_access_token_is_for_that_token() -> None:
    assert is_good(made(ath=hash_of(TOKEN)), access_token=TOKEN)
    for ath in (None, hash_of("other"), hash_of(TOKEN) + "=", "", 7, [hash_of(TOKEN)]):
        assert not is_good(made(ath=ath), access_token=TOKEN), ath
    assert not is_good(made(ath=None), access_token="\u00fc")
    assert is_good(made(ath=hash_of("other"))), "where no token is used, it says nothing"


def test_more_claims_and_headers_do_no_harm() -> None:
    assert is_good(made(header={"extra": "x", "kid": "any"}, extra={"x": []}))


def test_a_name_that_comes_twice_proves_nothing() -> None:
    head = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": KEY.bare})
    body = json.dumps(payload_of(made()))
    assert is_good(raw_token(KEY, head, body))
    assert not is_good(raw_token(KEY, head, '{"htm":"GET",' + body[1:]))


def test_what_is_no_token_at_all_costs_nothing() -> None:
    for text in ("", "x", "a.b", "a.b.c", "." * 20_000, "A" * 1_000_000, f"{made()},{made()}", f"{made()} "):
        assert not is_good(text)


def test_time_is_an_argument() -> None:
    text = made()
    assert is_good(text, at=AT + timedelta(seconds=30))
    assert not is_good(text, at=AT + timedelta(minutes=5))
