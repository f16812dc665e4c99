"""Small facts about a pasted token: since when it is over, which key it is bound to, what it would say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.grants.repository.lineages import Lineage
from portal.infra.crypto.public_keys import KeyRefused, read_public_key


def since(end: str | None, lineage: Lineage | None, expires_at: datetime | None) -> datetime | None:
    """Since when it is over, where that was written down."""
    if lineage is None or end is None:
        return None
    session = lineage.session
    moments = {
        "family_revoked": lineage.family.revoked_at,
        "revoked": lineage.family.revoked_at,
        "grant_revoked": lineage.grant.revoked_at,
        "session_ended": (session.ended_at or session.expires_at) if session else None,
        "expired": expires_at,
    }
    return moments.get(end)


def confirmation_of(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `cnf` of a token, where it is one (RFC 7800)."""
    cnf = claims.get("cnf")
    return cnf if isinstance(cnf, Mapping) else {}


def thumbprint_of(jwk: object) -> dict[str, str]:
    """The name of the key that a proof brings along; nothing, where it is none that anybody takes."""
    try:
        return {"jkt": read_public_key(jwk).thumbprint}
    except KeyRefused:
        return {}


def as_claims(scope: str, issued_at: datetime, expires_at: datetime) -> dict[str, Any]:
    """What a token would say that says nothing by itself."""
    return {"scope": scope, "iat": int(issued_at.timestamp()), "exp": int(expires_at.timestamp())}


def uuid_of(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
