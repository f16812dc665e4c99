"""Answers of endpoints as tokens, for clients that keep them or must be able to show who said so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from portal.clients.snapshots import ClientSnapshot
from portal.grants.services.tokens import Issuer
from portal.infra.crypto.jose import Algorithm

USERINFO_TYPE: Final = "JWT"
INTROSPECTION_TYPE: Final = "token-introspection+jwt"
DEFAULT_ALGORITHM: Final = "RS256"
"""Of introspection, where a client names no other (RFC 9701 section 6)."""
FAPI_ALGORITHM: Final = "PS256"
"""The same for clients of FAPI 2.0, which forbids RS256 (Security Profile 5.4)."""


def sign_userinfo(issuer: Issuer, client: ClientSnapshot, claims: Mapping[str, Any]) -> str | None:
    """Claims about a person as a token (OpenID Connect Core 5.3.2); None for a client that takes them as JSON.

    There is no `iat` in it and no `exp`: so it is none of the tokens that anybody could send back to us.
    """
    switches = client.switches
    algorithm = switches.userinfo_signed_response_alg
    if algorithm is None and switches.userinfo_encrypted_response_alg is not None:
        algorithm = client.id_token_signed_response_alg  # encrypted alone, nobody could tell who had said it
    if algorithm is None:
        return None
    said = {**claims, "iss": issuer.issuer, "aud": client.client_id}
    return issuer.keys.sign(said, algorithm=cast(Algorithm, algorithm), typ=USERINFO_TYPE)


def sign_introspection(
    issuer: Issuer, client: ClientSnapshot, facts: Mapping[str, Any], *, at: datetime
) -> str:
    """What a token is worth, for the client that asked and at this moment (RFC 9701 section 5)."""
    said = {
        "iss": issuer.issuer,
        "aud": client.client_id,
        "iat": int(at.timestamp()),
        "token_introspection": dict(facts),
    }
    usual = FAPI_ALGORITHM if client.kind == "fapi2" else DEFAULT_ALGORITHM
    algorithm = client.switches.introspection_signed_response_alg or usual
    return issuer.keys.sign(said, algorithm=cast(Algorithm, algorithm), typ=INTROSPECTION_TYPE)
