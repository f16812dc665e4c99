"""What a suite looks at in every answer (the happy path), by other means than the portal's own."""

import base64
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from cryptojwt.jwk.jwk import key_from_jwk_dict  # type: ignore[import-untyped]
from cryptojwt.jws.jws import factory  # type: ignore[import-untyped]

PROTOCOL = frozenset({
    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "nbf",
    "jti", "sid", "txn",
})  # fmt: skip
CLAIMS = {
    "profile": frozenset({
        "name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender",
        "birthdate", "zoneinfo", "locale", "updated_at", "preferred_username",
    }),
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
    "address": frozenset({"address"}),
}  # fmt: skip
KNOWN_RESPONSE = frozenset({"state", "iss", "session_state", "dummy1", "dummy2"})
ERROR_TEXT = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")  # RFC 6749 section 4.1.2.1
YEAR = 365 * 86_400


def entropy(text: str) -> float:
    """Bits, as far as the letters themselves tell (Shannon)."""
    counts = Counter(text)
    return -sum(n * math.log2(n / len(text)) for n in counts.values())


def check_keys(jwks: dict[str, Any]) -> None:
    """Public, each with a name of its own, and readable."""
    kids = [key["kid"] for key in jwks["keys"]]
    assert len(set(kids)) == len(kids) > 0
    for key in jwks["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        assert key_from_jwk_dict(key).kid == key["kid"]


def claims_of(token: str, jwks: dict[str, Any], *, algorithm: str = "RS256") -> dict[str, Any]:
    """The claims of a token, once its signature is found right under the key that its header names."""
    jws = factory(token)
    header = jws.jwt.headers
    assert header["alg"] == algorithm
    keys = [key_from_jwk_dict(key) for key in jwks["keys"] if key["kid"] == header["kid"]]
    assert len(keys) == 1
    claims: dict[str, Any] = jws.verify_compact(token, keys)
    return claims


def check_id_token(
    claims: dict[str, Any], *, issuer: str, client_id: str, asked: dict[str, str], now: float
) -> None:
    """OpenID Connect Core 2 and 3.1.3.7, and nothing in it that nobody asked for."""
    assert claims["iss"] == issuer
    assert client_id in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])
    assert now - 300 < claims["iat"] <= now + 300
    assert claims["iat"] < claims["exp"]
    assert 0 <= now + 300 - claims["auth_time"] < YEAR
    assert claims.get("nonce") == asked.get("nonce")
    assert claims["sub"]
    assert len(claims["sub"]) <= 255
    assert claims.get("acr") != ""
    further = json.loads(asked.get("claims", "{}")).get("id_token", {}).keys()
    if asked["response_type"] == "id_token":  # there is no other place (5.4)
        allowed = PROTOCOL | claims_of_scopes(asked["scope"]) | further
        assert claims.keys() <= allowed
        assert claims.keys() >= claims_of_scopes(asked["scope"])
    else:
        unasked = claims.keys() - PROTOCOL - further
        assert not unasked, f"{unasked}: claims of scopes are at the UserInfo endpoint (5.4)"


def claims_of_scopes(scope: str) -> frozenset[str]:
    """All that the scopes stand for."""
    return frozenset().union(*(CLAIMS.get(one, frozenset()) for one in scope.split()))


def check_front_tokens(parameters: dict[str, str], wanted: Collection[str]) -> None:
    """What the response type names, and nothing else; an access token with its type and life (RFC 6749 4.2.2)."""
    given = {"code", "id_token"} & parameters.keys()
    assert given | ({"token"} if "access_token" in parameters else set()) == set(wanted), parameters
    if "access_token" in parameters:
        assert parameters["token_type"] == "Bearer"
        assert 0 < int(parameters["expires_in"]) <= YEAR


def check_hashes(claims: dict[str, Any], parameters: dict[str, str]) -> None:
    """`c_hash` and `at_hash` are those of what came with the token (3.3.2.11), and `s_hash`, if it is there."""
    for name, what in (("c_hash", "code"), ("at_hash", "access_token")):
        if what in parameters:
            assert claims[name] == half_hash(parameters[what]), name
    if "s_hash" in claims:
        assert claims["s_hash"] == half_hash(parameters["state"])


def half_hash(text: str) -> str:
    """The left half of the SHA-256, as base64url: of RS256, PS256 and ES256 alike."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def check_userinfo(claims: dict[str, Any], *, now: float, scopes: set[str]) -> None:
    """Section 5.1: types, and no claim without a value; all that the scopes stand for, and nothing else."""
    assert claims.keys() == {"sub"} | claims_of_scopes(" ".join(scopes))
    check_claims(claims, now=now)


def check_claims(claims: dict[str, Any], *, now: float) -> None:
    """The types of section 5.1."""
    for name, value in claims.items():
        match name:
            case "email_verified" | "phone_number_verified":
                assert isinstance(value, bool)
            case "updated_at":
                assert isinstance(value, int)
                assert 631_152_000 < value <= now + 300
            case "address":
                assert value
                assert all(isinstance(part, str) and part for part in value.values())
            case _:
                assert isinstance(value, str)
                assert value not in {"", "null"}
    if "birthdate" in claims:
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", claims["birthdate"])


def check_metadata(document: dict[str, Any]) -> None:
    """RFC 8414 and Discovery: real types, https everywhere, no empty list."""
    for name, value in document.items():
        if name.endswith(("_supported", "_required", "_certificates")) or name.startswith("require_"):
            assert isinstance(value, bool) or (
                isinstance(value, list) and value and all(isinstance(one, str) for one in value)
            ), name
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith("https://"), name
