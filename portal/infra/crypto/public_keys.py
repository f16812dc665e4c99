"""Public keys of others, as they publish them (RFC 7517): read with suspicion, and only those that we can use."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from portal.infra.crypto.jose import Algorithm, Key

T = TypeVar("T", bound=str)

MAX_KEYS: Final = 50
RSA_BITS: Final = range(2048, 8192 + 1)
"""Shorter ones can be broken (RFC 7518 section 3.3), longer ones keep us busy for whoever sends them."""
RSA_EXPONENTS: Final = range(3, 2**32, 2)
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_SIGN: Final[dict[tuple[str, str | None], frozenset[Algorithm]]] = {
    ("RSA", None): frozenset({"RS256", "PS256"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
_ENCRYPT: Final[dict[tuple[str, str | None], frozenset[str]]] = {
    ("RSA", None): frozenset({"RSA-OAEP-256"}),
    **{("EC", curve): frozenset({"ECDH-ES"}) for curve in ("P-256", "P-384", "P-521")},
    ("OKP", "X25519"): frozenset({"ECDH-ES"}),
}
_WRAPPING: Final = frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"})
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")


class KeyRefused(Exception):
    """A key that we do not take. `reason` is a code for logs; the key itself is never quoted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of somebody else's, and what it may be used for."""

    key: Key = field(repr=False)
    kid: str | None
    thumbprint: str
    """RFC 7638, with SHA-256: the name that a key has by itself."""
    verifies: frozenset[Algorithm]
    """Algorithms of signatures; empty for a key that is for encryption."""
    encrypts: frozenset[str]
    """Algorithms by which something can be encrypted to its holder; empty for a key that is for signatures."""


def read_public_key(jwk: object) -> PublicKey:
    """One key.

    Raises:
        KeyRefused: it is no public key of a kind and size that we take.
    """
    if not isinstance(jwk, Mapping):
        raise KeyRefused("form")
    if _PRIVATE & jwk.keys():
        raise KeyRefused("private")
    kty, kid = jwk.get("kty"), jwk.get("kid")
    members = _MEMBERS.get(kty) if isinstance(kty, str) else None
    if members is None or not (kid is None or isinstance(kid, str)):
        raise KeyRefused("kind")
    material = {name: jwk.get(name) for name in members}
    if not all(isinstance(value, str) and _NUMBER.fullmatch(value) for value in material.values()):
        raise KeyRefused("form")
    key = _imported({"kty": kty, **material})
    kind = (str(kty), str(jwk["crv"]) if "crv" in members else None)
    for_signatures = _is_for(jwk, use="sig", operations=frozenset({"verify"}))
    for_encryption = _is_for(jwk, use="enc", operations=_WRAPPING)
    return PublicKey(
        key=key,
        kid=kid,
        thumbprint=key.thumbprint(),
        verifies=_narrowed(jwk, _SIGN.get(kind, frozenset())) if for_signatures else frozenset(),
        encrypts=_narrowed(jwk, _ENCRYPT.get(kind, frozenset())) if for_encryption else frozenset(),
    )


def read_public_keys(document: object) -> tuple[PublicKey, ...]:
    """Those keys of a JWK set that we take; the others are passed over (RFC 7517 section 5).

    Raises:
        KeyRefused: it is no JWK set, or one of more keys than anybody has.
    """
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise KeyRefused("set")
    return tuple(_readable(keys))


def _readable(keys: Iterable[object]) -> Iterable[PublicKey]:
    for jwk in keys:
        try:
            yield read_public_key(jwk)
        except KeyRefused:
            continue


def _imported(jwk: dict[str, Any]) -> Key:
    """The key, once the library has found its numbers to be one."""
    kinds: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    if jwk["kty"] == "RSA" and not (
        _number(jwk["n"]).bit_length() in RSA_BITS and _number(jwk["e"]) in RSA_EXPONENTS
    ):
        raise KeyRefused("size")
    try:
        key = kinds[jwk["kty"]].import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError) as broken:
        raise KeyRefused(type(broken).__name__) from None
    return key


def _is_for(jwk: Mapping[str, object], *, use: str, operations: frozenset[str]) -> bool:
    """Whether the key says that it is for this, or says nothing (RFC 7517 sections 4.2 and 4.3)."""
    stated = jwk.get("key_ops")
    allowed = not isinstance(stated, list) or any(operation in stated for operation in operations)
    return allowed and jwk.get("use") in (None, use)


def _narrowed(jwk: Mapping[str, object], algorithms: frozenset[T]) -> frozenset[T]:
    """What `alg` leaves of what the key could be used for (section 4.4)."""
    stated = jwk.get("alg")
    return algorithms if stated is None else frozenset(name for name in algorithms if name == stated)


def _number(text: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise KeyRefused("form") from None
