"""Which keys an app may give us (RFC 7517): public ones, of kinds that can be told apart, and not too many."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from portal.infra.crypto.public_keys import KeyRefused, PublicKey, read_public_key, read_public_keys

MAX_KEYS: Final = 20
MAX_JWKS_BYTES: Final = 16 * 1024
MAX_KID: Final = 200
_WORDS: Final = {
    "private": "it holds a secret; give the public half only, and change the key that was shown",
    "size": "an RSA key has 2048 to 8192 bits",
}
_OTHER_KIND: Final = "kind"


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


def signing_keys(document: Mapping[str, Any] | None, algorithms: Sequence[str]) -> list[PublicKey]:
    """The keys that may have made a signature of one of these algorithms."""
    return [key for key in _keys_of(document) if key.verifies.intersection(algorithms)]


def encryption_keys(document: Mapping[str, Any] | None, algorithm: str) -> list[PublicKey]:
    """The keys that something may be encrypted to by this algorithm."""
    return [key for key in _keys_of(document) if algorithm in key.encrypts]


def _keys_of(document: Mapping[str, Any] | None) -> Sequence[PublicKey]:
    return read_public_keys(document) if document is not None else ()


def _key_problem(key: object) -> str | None:
    """What is wrong with one key."""
    if not isinstance(key, Mapping) or not isinstance(key.get("kty"), str):
        return "it is no JWK; kty is missing"
    kid = key.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID and kid.isprintable()):
        return f"its kid has to be a text of 1 to {MAX_KID} characters"
    if key.get("use") not in (None, "sig", "enc"):
        return "its use has to be sig or enc"
    try:
        read_public_key(key)
    except KeyRefused as refused:
        return None if refused.reason == _OTHER_KIND else _WORDS.get(refused.reason, "it can't be read")
    return None


def _set_problem(keys: Sequence[Mapping[str, Any]]) -> str | None:
    """What is wrong with keys of which each is right."""
    kids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in kids or len(set(kids)) < len(kids)):
        return "Give each key a kid of its own, so that they can be told apart"
    if not any(key.verifies or key.encrypts for key in _keys_of({"keys": keys})):
        return "Give at least one RSA, P-256 or Ed25519 key"
    return None
