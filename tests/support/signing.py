"""Keys of programs that prove themselves, and what they sign: what a client library does, in the open."""

from __future__ import annotations

import base64
import secrets
from functools import lru_cache
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry


class _AnyHeader(JWSRegistry):
    """Lets a test write headers that the library knows nothing of."""

    max_header_length = 100_000


_ANY = _AnyHeader(algorithms=["RS256", "PS256", "ES256", "EdDSA"], strict_check_header=False)

Signing = Literal["RS256", "PS256", "ES256", "EdDSA"]


class OwnKey:
    """A private key for one algorithm, and its public half as it is registered or published."""

    def __init__(
        self,
        algorithm: Signing = "ES256",
        *,
        kid: str | None = "",
        bits: int = 2048,
        key: RSAKey | ECKey | OKPKey | None = None,
    ) -> None:
        self.algorithm = algorithm
        self.key: RSAKey | ECKey | OKPKey = key or (
            RSAKey.generate_key(bits)
            if algorithm in {"RS256", "PS256"}
            else ECKey.generate_key("P-256")
            if algorithm == "ES256"
            else OKPKey.generate_key("Ed25519")
        )
        self.kid = secrets.token_hex(4) if kid == "" else kid
        self.thumbprint = self.key.thumbprint()

    @classmethod
    def of(cls, jwk: dict[str, Any]) -> OwnKey:
        """The one that somebody has written down."""
        key = import_key(jwk)
        assert isinstance(key, RSAKey | ECKey | OKPKey)
        return cls(jwk["alg"], kid=jwk["kid"], key=key)

    @property
    def bare(self) -> dict[str, Any]:
        """The numbers alone."""
        return dict(self.key.as_dict(private=False))

    @property
    def jwk(self) -> dict[str, Any]:
        named = {"kid": self.kid} if self.kid else {}
        return {**self.bare, **named, "use": "sig", "alg": self.algorithm}

    def sign(self, claims: dict[str, Any], *, algorithm: str | None = None, **header: object) -> str:
        """A token; a header of None is left out."""
        alg = algorithm or self.algorithm
        full = {"alg": alg, "typ": "JWT", "kid": self.kid, **header}
        full = {name: value for name, value in full.items() if value is not None}
        return jwt.encode(full, claims, self.key, registry=_ANY, default_type=None)


@lru_cache(maxsize=8)
def rsa_key(algorithm: Signing = "PS256", number: int = 0) -> OwnKey:
    """One that all tests share: making one takes a while. Another `number` is another key."""
    return OwnKey(algorithm, kid=f"rsa-{number}")


def key_set(*keys: OwnKey) -> dict[str, Any]:
    return {"keys": [key.jwk for key in keys]}


def raw_token(key: OwnKey, head: str, body: str) -> str:
    """Signed over exactly these bytes, whatever a library would say of them."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = f"{part(head.encode())}.{part(body.encode())}"
    r, s = decode_dss_signature(key.key.private_key.sign(signed.encode(), ECDSA(SHA256())))  # type: ignore[union-attr, call-arg, arg-type]
    return f"{signed}.{part(r.to_bytes(32) + s.to_bytes(32))}"
