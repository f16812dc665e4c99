"""The tokens themselves: what is in them when they are signed, and what they must say when they come back."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.claims import ACCESS_CLAIMS
from portal.grants.services.issued import AccessToken, IdTokenHint, Issued
from portal.grants.services.key_ring import KeyRing
from portal.grants.services.subjects import Subjects
from portal.infra.crypto.jose import Algorithm, Claims, TokenRefused, check_claims, half_hash

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105
ID_TOKEN_TYPE: Final = "JWT"  # noqa: S105
ACCESS_TOKEN_ALGORITHM: Final[Algorithm] = "ES256"  # noqa: S105
FAMILY: Final = "family"
"""A claim of ours in access tokens: what to look up when one comes back, so that a revocation counts at once."""
CLIENT_TOKEN: Final = {"grant_type": "client_credentials"}
"""Marks a token that speaks for a client, so that no `client_id` is ever taken for a person (RFC 9700 4.15)."""


class Issuer:
    """Writes and reads the tokens of this issuer."""

    def __init__(self, keys: KeyRing, *, issuer: str, access_token_seconds: int, subjects: Subjects) -> None:
        self.keys, self._subjects = keys, subjects
        self.issuer = issuer
        self.lifetime_seconds = access_token_seconds

    def subject_of(self, client: ClientSnapshot, user_id: UUID) -> str:
        """The `sub` by which this client, and where it asks for that nobody else, knows a person (Core 8)."""
        return self._subjects.of(client, user_id)

    def seconds_of(self, issued: Issued, *, at: datetime) -> int:
        """How long tokens may live that are issued now: the usual time, or until what they rest on ends."""
        if issued.ends_at is None:
            return self.lifetime_seconds
        return min(self.lifetime_seconds, _seconds(issued.ends_at) - _seconds(at))

    def access_token(
        self,
        issued: Issued,
        *,
        client: ClientSnapshot,
        scope: str,
        at: datetime,
        confirmation: Mapping[str, str] | None = None,
    ) -> str:
        """An access token about a person (RFC 9068), bound to the key that `confirmation` names (RFC 7800)."""
        details = [dict(detail) for detail in issued.authorization_details]
        return self._sign_access_token(
            {
                **issued.access_claims(client, scope),
                "sub": self.subject_of(client, issued.user_id),
                "client_id": client.client_id,
                "scope": scope,
                "auth_time": _seconds(issued.auth_time),
                "acr": issued.acr,
                "amr": list(issued.amr),
                FAMILY: str(issued.family_id),
                **({"cnf": dict(confirmation)} if confirmation else {}),
                **({"act": dict(issued.actor)} if issued.actor else {}),
                **({"authorization_details": details} if details else {}),
                **self._audience(issued.resources),
            },
            self._times(at, seconds=self.seconds_of(issued, at=at)),
        )

    def client_token(
        self,
        client: ClientSnapshot,
        *,
        scope: str,
        at: datetime,
        resources: Sequence[str] = (),
        confirmation: Mapping[str, str] | None = None,
    ) -> str:
        """An access token with which a client speaks for itself (RFC 6749 section 4.4)."""
        claims = {
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": scope,
            **CLIENT_TOKEN,
            **({"cnf": dict(confirmation)} if confirmation else {}),
            **self._audience(resources),
        }
        return self._sign_access_token(claims, self._times(at, seconds=self.lifetime_seconds))

    def id_token(
        self,
        issued: Issued,
        *,
        client: ClientSnapshot,
        access_token: str | None,
        further: Mapping[str, Any],
        at: datetime,
        code: str | None = None,
        state: str | None = None,
    ) -> str:
        """An ID token (OpenID Connect Core 2), with a hash of everything that came beside it. `further` claims can't
        change what the protocol says.
        """
        algorithm = cast(Algorithm, client.id_token_signed_response_alg)
        beside = {"at_hash": access_token, "c_hash": code, "s_hash": state}
        claims = {
            **further,
            **self._times(at, seconds=self.seconds_of(issued, at=at)),
            "iss": self.issuer,
            "sub": self.subject_of(client, issued.user_id),
            "aud": client.client_id,
            "auth_time": _seconds(issued.auth_time),
            "acr": issued.acr,
            "amr": list(issued.amr),
            **{name: half_hash(text, algorithm) for name, text in beside.items() if text is not None},
            **({"nonce": issued.nonce} if issued.nonce else {}),
            **({"sid": str(issued.session_id)} if issued.session_id else {}),
        }
        return self.keys.sign(claims, algorithm=algorithm, typ=ID_TOKEN_TYPE)

    def read_access_token(self, token: str, *, at: datetime) -> AccessToken:
        """An access token, signed here and in time. Whether it is for this portal, `audience` tells.

        Raises:
            TokenRefused: anything else.
        """
        claims = self.keys.verify(token, typ=ACCESS_TOKEN_TYPE)
        check_claims(claims, issuer=self.issuer, now=_seconds(at))
        audience, confirmation = claims["aud"], claims.get("cnf", {})
        family = claims.get(FAMILY)
        return AccessToken(
            jti=_text(claims, "jti"),
            subject=_text(claims, "sub"),
            client_id=_text(claims, "client_id"),
            family_id=_uuid(family) if family is not None else None,
            scope=_text(claims, "scope"),
            told={claim: tuple(claims[claim]) for claim in ACCESS_CLAIMS if claim in claims},
            audience=tuple(audience) if isinstance(audience, list) else (audience,),
            confirmation=confirmation,
            issued_at=int(claims["iat"]),
            expires_at=int(claims["exp"]),
        )

    def read_id_token(self, token: str, *, at: datetime) -> IdTokenHint:
        """An ID token that comes back as a hint; it may have expired (RP-Initiated Logout 2).

        Raises:
            TokenRefused: it is none of ours.
        """
        claims = self.keys.verify(token, typ=ID_TOKEN_TYPE)
        check_claims(claims, issuer=self.issuer, now=_seconds(at), may_be_expired=True)
        sid = claims.get("sid")
        return IdTokenHint(
            subject=_text(claims, "sub"),
            client_id=_text(claims, "aud"),
            session_id=sid if isinstance(sid, str) else None,
        )

    def _sign_access_token(self, claims: Claims, times: Mapping[str, int]) -> str:
        own = {"iss": self.issuer, "jti": secrets.token_urlsafe(16), **times}
        return self.keys.sign({**claims, **own}, algorithm=ACCESS_TOKEN_ALGORITHM, typ=ACCESS_TOKEN_TYPE)

    def _audience(self, resources: Sequence[str]) -> dict[str, str | list[str]]:
        """This portal, whose own endpoints take every token, and whoever else was asked for."""
        return {"aud": [*resources, self.issuer] if resources else self.issuer}

    @staticmethod
    def _times(at: datetime, *, seconds: int) -> dict[str, int]:
        now = _seconds(at)
        return {"iat": now, "exp": now + seconds}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise TokenRefused(name)
    return value


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise TokenRefused(FAMILY) from None


__all__ = ["AccessToken", "IdTokenHint", "Issued", "Issuer"]
