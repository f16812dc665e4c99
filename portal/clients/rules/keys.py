"""Which keys an app may give us (RFC 7517): public ones, of kinds that can be told apart, and not too many."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from joserfc.errors import JoseError

from portal.infra.crypto.jose import load_public_key

MAX_KEYS: Final = 20
MAX_JWKS_BYTES: Final = 16 * 1024
MAX_KID: Final = 200
RSA_BITS: Final = range(2048, 8193)
EXPONENT_BITS: Final = 32
SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Private halves, and symmetric keys as a whole (RFC 7518 section 6)."""
_KINDS: Final = {"RSA": (), "EC": ("P-256",), "OKP": ("Ed25519", "X25519")}
_SIGNING: Final = {"RSA": ("RS256", "PS256"), "P-256": ("ES256",), "Ed25519": ("EdDSA",)}
_ENCRYPTING: Final = {"RSA": ("RSA-OAEP-256",), "P-256": ("ECDH-ES",), "X25519": ("ECDH-ES",)}


def jwks_problem(document: object) -> str | None:
    """What is wrong with a JWK Set, in words for whoever sent it; None if nothing is.

    Keys of kinds that we can't use are no mistake (RFC 7517 section 5), as long as one remains that we can.
    """
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list) or not keys:
        return 'Give a JWK Set: an object whose "keys" is a list with at least one key'
    if len(keys) > MAX_KEYS:
        return f"Give at most {MAX_KEYS} keys"
    if len(json.dumps(document).encode()) > MAX_JWKS_BYTES:
        return f"Use at most {MAX_JWKS_BYTES // 1024} kB for the keys"
    numbered = ((number, _key_problem(key)) for number, key in enumerate(keys, 1))
    found = next((f"Key {number}: {problem}" for number, problem in numbered if problem), None)
    return found or _set_problem(keys)


def _set_problem(keys: Sequence[Mapping[str, Any]]) -> str | None:
    """What is wrong with keys of which each is right."""
    kids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in kids or len(set(kids)) < len(kids)):
        return "Give each key a kid of its own, so that they can be told apart"
    if not any(_kind_of(key) for key in keys):
        return "Give at least one RSA, P-256 or Ed25519 key"
    return None


def signing_keys(document: Mapping[str, Any] | None, algorithms: Sequence[str]) -> list[Mapping[str, Any]]:
    """The keys that may have made a signature of one of these algorithms."""
    return _for(document, "sig", _SIGNING, algorithms)


def encryption_keys(document: Mapping[str, Any] | None, algorithm: str) -> list[Mapping[str, Any]]:
    """The keys that something may be encrypted to by this algorithm."""
    return _for(document, "enc", _ENCRYPTING, (algorithm,))


def _for(
    document: Mapping[str, Any] | None,
    use: str,
    kinds: Mapping[str, tuple[str, ...]],
    algorithms: Sequence[str],
) -> list[Mapping[str, Any]]:
    return [
        key
        for key in (document or {}).get("keys", ())
        if key.get("use", use) == use
        and any(
            algorithm in algorithms and key.get("alg", algorithm) == algorithm
            for algorithm in kinds.get(_kind_of(key) or "", ())
        )
    ]


def _kind_of(key: Mapping[str, Any]) -> str | None:
    """`RSA`, or the curve; None for what we have no use for."""
    kind, curve = key.get("kty"), key.get("crv")
    if kind == "RSA":
        return "RSA"
    return str(curve) if isinstance(kind, str) and curve in _KINDS.get(kind, ()) else None


def _key_problem(key: object) -> str | None:
    """What is wrong with one key."""
    if not isinstance(key, Mapping) or not isinstance(key.get("kty"), str):
        return "it is no JWK; kty is missing"
    if key["kty"] == "oct" or SECRET_MEMBERS & key.keys():
        return "it holds a secret; give the public half only, and change the key that was shown"
    kid = key.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID and kid.isprintable()):
        return f"its kid has to be a text of 1 to {MAX_KID} characters"
    if key.get("use") not in (None, "sig", "enc"):
        return "its use has to be sig or enc"
    return _numbers_problem(key) if _kind_of(key) else None


def _numbers_problem(key: Mapping[str, Any]) -> str | None:
    """What is wrong with the key itself, of a kind that we use."""
    try:
        if key["kty"] == "RSA" and _bits(key["n"]) not in RSA_BITS:
            return f"an RSA key has {RSA_BITS.start} to {RSA_BITS.stop - 1} bits"
        if key["kty"] == "RSA" and _bits(key["e"]) > EXPONENT_BITS:
            return "its exponent is too large"
        load_public_key(key)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return "it can't be read"
    return None


def _bits(number: str) -> int:
    """The length of a number in base64url (RFC 7518 section 2)."""
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
