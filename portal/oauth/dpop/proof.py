"""What a DPoP proof must be like (RFC 9449 section 4.3): no request, no database, no clock of its own."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from portal.infra.crypto.foreign import read_unverified, verified_claims
from portal.infra.crypto.jose import Claims, TokenRefused, s256
from portal.infra.crypto.public_keys import KeyRefused, read_public_key

ALGORITHMS: Final = ("PS256", "ES256", "EdDSA")
"""Those of FAPI 2.0; RS256 is for old clients, and none of those makes proofs."""
TYPE: Final = "dpop+jwt"
LIFETIME: Final = timedelta(seconds=60)
"""A proof may be so old, or so far ahead of our clock."""
MAX_JTI_CHARACTERS: Final = 500
_ADDRESS: Final = re.compile(r"[\x21-\x7e]{1,2000}")
FAULTS: Final = {
    "form": "The DPoP header is not one signed token of at most 16 kB.",
    "header": "The header of the DPoP proof needs a jwk, and no jku, x5u or crit.",
    "alg": "The alg of the DPoP proof must be PS256, ES256 or EdDSA.",
    "typ": "The typ of the DPoP proof must be dpop+jwt.",
    "private": "The jwk of the DPoP proof holds a private key.",
    "kid": "The jwk of the DPoP proof is not a key for its alg.",
}
_PORTS: Final = {"https": 443, "http": 80}


class ProofRefused(Exception):
    """The proof does not prove anything; the text says why, for whoever made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A good proof, as far as it goes: whether it comes for the first time, and with a nonce of ours, is not known."""

    thumbprint: str
    """`jkt`: the SHA-256 thumbprint of the key that it was made with (RFC 7638)."""
    jti: str
    made_at: datetime
    nonce: str | None


def read_proof(
    text: str, *, method: str, address: str, at: datetime, access_token: str | None = None
) -> Proof:
    """The proof for a request of this method to this address, with this access token if it brings one.

    Raises:
        ProofRefused: it is none.
    """
    try:
        token = read_unverified(text, algorithms=ALGORITHMS, types=(TYPE,), has_key=True)
        key = read_public_key(token.jwk)
        claims = verified_claims(token, [replace(key, kid=None)])  # it is the key, however it is called
    except (TokenRefused, KeyRefused) as refused:
        raise ProofRefused(
            FAULTS.get(refused.reason, "The signature or the jwk of the DPoP proof is wrong.")
        ) from None
    if claims.get("htm") != method:
        raise ProofRefused("The htm of the DPoP proof is not the method of the request.")
    if not _is_address(claims.get("htu"), address):
        raise ProofRefused("The htu of the DPoP proof is not the address of the request.")
    if access_token is not None and not _is_for(claims.get("ath"), access_token):
        raise ProofRefused("The ath of the DPoP proof is not the hash of the access token.")
    nonce = claims.get("nonce")
    return Proof(
        thumbprint=key.thumbprint,
        jti=_jti(claims),
        made_at=_made_at(claims, at=at),
        nonce=nonce if isinstance(nonce, str) else None,
    )


def _jti(claims: Claims) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_CHARACTERS:
        raise ProofRefused("The DPoP proof needs a jti.")
    return jti


def _made_at(claims: Claims, *, at: datetime) -> datetime:
    """`iat`, near enough to now; a proof that says itself when it counts (`nbf`, `exp`) is held to that too."""
    now, slack = at.timestamp(), LIFETIME.total_seconds()
    times = {name: claims[name] for name in ("iat", "nbf", "exp") if name in claims}
    if "iat" not in times or not all(_is_number(value) for value in times.values()):
        raise ProofRefused("The DPoP proof needs an iat, and its times must be numbers of seconds.")
    if abs(times["iat"] - now) > slack:
        raise ProofRefused("The iat of the DPoP proof is too far from now.")
    if times.get("nbf", now) > now + slack or times.get("exp", now) < now - slack:
        raise ProofRefused("The DPoP proof is not valid now.")
    return datetime.fromtimestamp(times["iat"], UTC)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_for(ath: object, access_token: str) -> bool:
    """Base64url of the token's SHA-256, as PKCE has it too; of what is not ASCII, no token is made."""
    return isinstance(ath, str) and access_token.isascii() and ath == s256(access_token)


def _is_address(htu: object, address: str) -> bool:
    """Whether it is the address without query and fragment. Case of scheme and host, and a port that goes without
    saying, make no difference (RFC 3986 section 6.2.3); anything else does.
    """
    if not isinstance(htu, str) or not _ADDRESS.fullmatch(htu):
        return False
    return _normal(htu) == _normal(address)


def _normal(address: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.hostname is None:
        return None
    return (
        parts.scheme,
        parts.hostname,
        port if port is not None else _PORTS.get(parts.scheme),
        parts.path or "/",
    )
