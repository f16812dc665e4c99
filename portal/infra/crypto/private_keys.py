"""Keys that an operator brings along: read with suspicion, and never quoted, whatever is wrong with them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from portal.infra.crypto.foreign import unique_members
from portal.infra.crypto.jose import Algorithm, Key, NewKey, is_signed_by, pen_of, published
from portal.infra.crypto.public_keys import RSA_BITS, RSA_EXPONENTS

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

MAX_CHARACTERS: Final = 16 * 1024
MAX_KID_CHARACTERS: Final = 64
PROBE: Final = b"portal: do the two halves belong together?"
_KID: Final = re.compile(r"[\x21-\x7e]{1,64}")
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
_PARAMETERS: Final = "EC PARAMETERS"
"""What `openssl ecparam -genkey` writes before the key."""
_BLOCKS: Final = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_PRIVATE_MEMBER: Final = "d"
_MATERIAL: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_ALGORITHMS: Final[Mapping[str, tuple[Algorithm, ...]]] = {
    "RSA": ("RS256", "PS256"),
    "EC": ("ES256",),
    "OKP": ("EdDSA",),
}

REASONS: Final[Mapping[str, str]] = {
    "too_long": "This is longer than any key that the portal takes (16,384 characters)",
    "form": "This is neither a private key in PEM nor a JWK. A PEM begins with -----BEGIN PRIVATE KEY-----",
    "several": "There is more than one thing in it. Give one private key and nothing else",
    "encrypted": "This key is encrypted. Decrypt it first, for instance with: openssl pkey -in key.pem -out plain.pem",
    "public": "This is a public key or a certificate. The portal needs the private half",
    "broken": "This can't be read as a private key: something in it is damaged or missing",
    "kind": "Only RSA, P-256 and Ed25519 keys can sign here",
    "size": "RSA keys need 2048 to 8192 bits, and an odd exponent of at least 3",
    "halves": "The two halves of this key don't belong together",
    "use": "This JWK says that it is not for signatures",
    "algorithm": "This key can't be used with that algorithm",
    "kid": "A key id has up to 64 characters: ASCII letters, digits and signs, without spaces",
}
"""What is wrong, in words for whoever brought the key. None of them repeats a part of it."""


class ImportRefused(Exception):
    """A key that is not taken. `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Found:
    """A private key, and what was said about it."""

    key: PrivateKey = field(repr=False)
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_private_key(text: str, *, algorithm: Algorithm | None = None, kid: str | None = None) -> NewKey:
    """A key pair from PEM (PKCS#8, PKCS#1 or SEC1) or a private JWK. Without `algorithm` it is what the key says, or
    the usual one of its kind; without `kid` it is the JWK's own, or the thumbprint (RFC 7638).

    Raises:
        ImportRefused
    """
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("too_long")
    text = text.strip()
    found = _of_jwk(text) if text.startswith("{") else _Found(_of_pem(text))
    key = _checked(found.key)
    chosen = _algorithm(key, found.said, algorithm)
    name = kid or found.said.get("kid") or key.thumbprint()
    if not isinstance(name, str) or not _KID.fullmatch(name):
        raise ImportRefused("kid")
    der = found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return NewKey(
        kid=name,
        algorithm=chosen,
        public_jwk=published(key, kid=name, algorithm=chosen),
        private_der=der,
    )


def _of_pem(text: str) -> PrivateKey:
    kinds = [kind for kind in _BLOCK.findall(text) if kind != _PARAMETERS]
    if not kinds:
        raise ImportRefused("form")
    if len(kinds) > 1:
        raise ImportRefused("several")
    if kinds[0] == "ENCRYPTED PRIVATE KEY" or "Proc-Type: 4,ENCRYPTED" in text:
        raise ImportRefused("encrypted")
    if kinds[0].endswith(("PUBLIC KEY", "CERTIFICATE")):
        raise ImportRefused("public")
    if kinds[0] not in _BLOCKS:
        raise ImportRefused("form")
    block = next(match[0] for match in _BLOCK.finditer(text) if match[1] == kinds[0])
    try:
        return _known(load_pem_private_key(block.encode("ascii"), password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError):
        raise ImportRefused("broken") from None


def _of_jwk(text: str) -> _Found:
    """Of a set with one key too: that is what other providers export."""
    try:
        said = json.loads(text, object_pairs_hook=unique_members)
    except (ValueError, RecursionError):
        raise ImportRefused("form") from None
    keys = said.get("keys")
    if isinstance(keys, list):
        if len(keys) != 1:
            raise ImportRefused("several")
        said = keys[0]
    kind = said.get("kty") if isinstance(said, dict) else None
    if not isinstance(kind, str) or kind not in _MATERIAL:
        raise ImportRefused("kind")
    if _PRIVATE_MEMBER not in said:
        raise ImportRefused("public")
    operations = said.get("key_ops")
    if said.get("use", "sig") != "sig" or (isinstance(operations, list) and "sign" not in operations):
        raise ImportRefused("use")
    return _Found(_imported(said), said)


def _imported(said: Mapping[str, Any]) -> PrivateKey:
    kinds: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    material = {
        name: value for name, value in said.items() if name not in {"kid", "use", "alg", "key_ops", "x5c"}
    }
    try:
        key = kinds[said["kty"]].import_key(material)
        private = _known(key.private_key)
        # through the form in which it is kept, which checks the numbers against each other
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        private = _known(load_der_private_key(der, password=None))
        derived = _public(private).as_dict(private=False)
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm, OverflowError):
        raise ImportRefused("broken") from None
    if any(derived[name] != said.get(name) for name in _MATERIAL[said["kty"]]):
        raise ImportRefused("halves")
    return private


def _known(raw: object) -> PrivateKey:
    if isinstance(raw, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        return raw
    raise ImportRefused("kind")


def _checked(private: PrivateKey) -> Key:
    """A key of a kind and size that we take, which signs what its public half verifies."""
    if isinstance(private, EllipticCurvePrivateKey) and not isinstance(private.curve, SECP256R1):
        raise ImportRefused("kind")
    if isinstance(private, RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        if private.key_size not in RSA_BITS or numbers.e not in RSA_EXPONENTS:
            raise ImportRefused("size")
    key = _public(private)
    algorithm = _ALGORITHMS[str(key.key_type)][0]
    if not is_signed_by(key, algorithm, data=PROBE, signature=pen_of(key, algorithm)(PROBE)):
        raise ImportRefused("halves")
    return key


def _public(private: PrivateKey) -> Key:
    match private:
        case RSAPrivateKey():
            return RSAKey(private, private)
        case EllipticCurvePrivateKey():
            return ECKey(private, private)
        case _:
            return OKPKey(private, private)


def _algorithm(key: Key, said: Mapping[str, Any], wanted: Algorithm | None) -> Algorithm:
    able = _ALGORITHMS[str(key.key_type)]
    stated = said.get("alg")
    if stated is not None:
        able = tuple(name for name in able if name == stated)
    if not able or (wanted is not None and wanted not in able):
        raise ImportRefused("algorithm")
    return wanted or able[0]
