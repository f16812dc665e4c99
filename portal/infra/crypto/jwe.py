"""Text that only its reader opens: compact JWE (RFC 7516) around a token that we have signed."""

from typing import Final

from joserfc import jwe

from portal.infra.crypto.public_keys import PublicKey

KEY_ALGORITHMS: Final = ("RSA-OAEP-256", "ECDH-ES")
"""Never RSA1_5, whose padding tells whoever may ask often enough (RFC 8725 section 3.2)."""
CONTENT_ALGORITHMS: Final = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
DEFAULT_CONTENT: Final = "A128CBC-HS256"
"""Where an app names no other (OpenID Connect Registration 2)."""


def encrypt(token: str, key: PublicKey, *, algorithm: str, content: str) -> str:
    """A signed token for the holder of the key: nested, so the header says `cty` (RFC 7519 section 5.2).

    Raises:
        ValueError: it is none of our algorithms, or the key is not for it.
    """
    if algorithm not in key.encrypts or algorithm not in KEY_ALGORITHMS or content not in CONTENT_ALGORITHMS:
        raise ValueError("not an algorithm of this key")
    header = {"alg": algorithm, "enc": content, "cty": "JWT", **({"kid": key.kid} if key.kid else {})}
    return jwe.encrypt_compact(header, token, key.key, [algorithm, content])
