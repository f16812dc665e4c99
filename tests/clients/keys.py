"""Keys of apps, as JWK Sets."""

from functools import cache
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey


@cache
def rsa_key(bits: int = 2048, kid: str = "rsa-1") -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid})


@cache
def ec_key(kid: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


@cache
def ed_key(kid: str = "ed-1") -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def public(key: RSAKey | ECKey | OKPKey, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    """The half to register."""
    return {**key.as_dict(private=False), **members}


def jwks(*keys: RSAKey | ECKey | OKPKey) -> dict[str, Any]:
    return {"keys": [public(key) for key in keys or (ec_key(),)]}
