"""Signed tokens: keys of four algorithms, compact JWS made and checked, and the two hashes that OAuth asks for.

Only signatures and headers are judged here; what the claims must say is the business of who issues them.
"""

import base64
import hashlib
import hmac
import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jwt import JWTClaimsRegistry

Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
Claims: TypeAlias = dict[str, Any]
Key: TypeAlias = RSAKey | ECKey | OKPKey
Pen: TypeAlias = Callable[[bytes], bytes]
"""Signs with one key: from data to a signature in the form of RFC 7518 section 3."""

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("RS256", "PS256", "ES256", "EdDSA")
RSA_BITS: Final = 3072
CURVE: Final = "P-256"
MAX_TOKEN_CHARACTERS: Final = 16 * 1024
LEEWAY_SECONDS: Final = 30

# the registered name of what FAPI 2.0 and every library calls it; RFC 9864's `Ed25519` is known to few yet
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)
_METHODS: Final = jws.JWSRegistry(algorithms=ALGORITHMS)
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class TokenRefused(Exception):
    """A token is not what it should be. `reason` is a code for logs; the token itself is never quoted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair that nobody has used here yet. The private half is to be sealed before it is stored; it is empty where
    another signer holds it, or where nobody needs it because the key only verifies.
    """

    kid: str
    algorithm: Algorithm
    public_jwk: dict[str, Any]
    private_der: bytes = field(default=b"", repr=False)
    signer: str = "database"
    signer_ref: str | None = None
    """What the other signer calls the key."""


def new_key(algorithm: Algorithm) -> NewKey:
    """A key pair named by its thumbprint (RFC 7638). RSA takes up to a second or two: not inside a transaction."""
    key: Key
    match algorithm:
        case "RS256" | "PS256":
            key = RSAKey.generate_key(RSA_BITS)
        case "ES256":
            key = ECKey.generate_key(CURVE)
        case "EdDSA":
            key = OKPKey.generate_key("Ed25519")
    kid = key.thumbprint()
    public = published(key, kid=kid, algorithm=algorithm)
    private = cast(RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey, key.private_key)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return NewKey(kid=kid, algorithm=algorithm, public_jwk=public, private_der=der)


def published(key: Key, *, kid: str, algorithm: Algorithm) -> dict[str, Any]:
    """The public half as the JWKS shows it (RFC 7517 section 4): what it is for, and nothing that came along."""
    members = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}
    whole = key.as_dict(private=False)
    material = {name: whole[name] for name in members[str(whole["kty"])]}
    return {**material, "kid": kid, "use": "sig", "alg": algorithm}


def load_private_key(der: bytes, *, kid: str) -> Key:
    """A private key that was sealed by us.

    Its arithmetic is not checked again: that takes 36 ms for RSA at each start, and the seal has vouched for it.
    """
    raw = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    match raw:
        case RSAPrivateKey():
            return RSAKey(raw, raw, {"kid": kid})
        case EllipticCurvePrivateKey():
            return ECKey(raw, raw, {"kid": kid})
        case Ed25519PrivateKey():
            return OKPKey(raw, raw, {"kid": kid})
        case _:
            raise TokenRefused("key type")


def load_public_key(jwk: Mapping[str, Any]) -> Key:
    """The public half, from the form in which it is published."""
    kinds: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    return kinds[jwk["kty"]].import_key(dict(jwk))


def sign(claims: Claims, key: Key, *, kid: str, algorithm: Algorithm, typ: str) -> str:
    """A compact JWS (RFC 7519) under a key that is at hand."""
    return compact(claims, pen_of(key, algorithm), kid=kid, algorithm=algorithm, typ=typ)


def compact(claims: Claims, pen: Pen, *, kid: str, algorithm: Algorithm, typ: str) -> str:
    """A compact JWS (RFC 7515 section 7.1), wherever the private half is."""
    header = {"alg": algorithm, "typ": typ, "kid": kid}
    text = f"{_base64url(_json(header))}.{_base64url(_json(claims))}"
    return f"{text}.{_base64url(pen(text.encode()))}"


def pen_of(key: Key, algorithm: Algorithm) -> Pen:
    """What signs with a private key that is at hand."""
    method = _METHODS.get_alg(algorithm)
    return lambda data: method.sign(data, key)


def is_signed_by(key: Key, algorithm: Algorithm, *, data: bytes, signature: bytes) -> bool:
    """Whether a signature in the form of RFC 7518 is by the private half of this key."""
    try:
        return _METHODS.get_alg(algorithm).verify(data, signature, key)
    except (JoseError, ValueError):
        return False


def verify(token: str, *, typ: str, find_key: Callable[[str], tuple[Key, Algorithm] | None]) -> Claims:
    """Claims of a token that one of our keys signed.

    `find_key` knows the keys by `kid`, and for each the one algorithm that it is for: what the token itself says
    about algorithm, key or address of a key (`jwk`, `jku`, `x5c`, `x5u`) decides nothing (RFC 8725 section 3).

    Raises:
        TokenRefused: in every other case, before any claim is looked at.
    """
    if len(token) > MAX_TOKEN_CHARACTERS or not _COMPACT.fullmatch(token):
        raise TokenRefused("form")
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid, algorithm = header.get("kid"), header.get("alg")
        if str(header.get("typ", "")).lower().removeprefix("application/") != typ.lower():
            raise TokenRefused("typ")
        found = find_key(kid) if isinstance(kid, str) and 0 < len(kid) <= 100 else None
        if found is None:
            raise TokenRefused("kid")
        key, expected = found
        if algorithm != expected:
            raise TokenRefused("alg")
        return jwt.decode(token, key, [expected]).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as broken:
        raise TokenRefused(type(broken).__name__) from None


def check_claims(
    claims: Claims, *, issuer: str, now: int, audience: str | None = None, may_be_expired: bool = False
) -> None:
    """Times with half a minute of slack, the issuer exactly, and the audience if one is given.

    Raises:
        TokenRefused: something is missing, foreign or out of time.
    """
    checked = {name: value for name, value in claims.items() if name != "exp" or not may_be_expired}
    registry = JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        iat={"essential": True},
        aud={"essential": True, "value": audience} if audience else {"essential": True},
        exp={"essential": not may_be_expired},
    )
    try:
        registry.validate(checked)
    except (JoseError, ValueError, TypeError, OverflowError) as broken:
        raise TokenRefused(type(broken).__name__) from None


def half_hash(text: str, algorithm: Algorithm) -> str:
    """`at_hash`, `c_hash` or `s_hash` (OpenID Connect Core 3.1.3.6, 3.3.2.11): the left half of the hash that the
    signature's algorithm uses, which is SHA-512 for Ed25519.
    """
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    whole = digest(text.encode()).digest()
    return _base64url(whole[: len(whole) // 2])


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636 section 4.2)."""
    return _base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def verifier_matches(verifier: str, challenge: str) -> bool:
    """Whether a PKCE verifier is well-formed and the one behind the challenge."""
    return bool(_VERIFIER.fullmatch(verifier)) and hmac.compare_digest(s256(verifier), challenge)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
