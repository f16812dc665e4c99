"""The tokens themselves: what is in them when they are signed, and what they must say when they come back."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.claims import ACCESS_CLAIMS
from portal.grants.rules.scopes import OPENID
from portal.grants.services.issued import AccessToken, IdTokenHint, Issued
from portal.grants.services.key_ring import KeyRing
from portal.grants.services.subjects import Subjects
from portal.infra.crypto.jose import Algorithm, Claims, TokenRefused, check_claims, half_hash

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105
ID_TOKEN_TYPE: Final = "JWT"  # noqa: S105
ACCESS_TOKEN_ALGORITHM: Final[Algorithm] = "ES256"  # noqa: S105
FAMILY: Final = "family"
"""A claim of ours in access tokens: what to look up when one comes back, so that a revocation counts at once."""
ID_TOKEN_FAMILY: Final = "txn"  # noqa: S105
"""The same in ID tokens, under the registered name for what belongs together (RFC 8417 section 2.2): the conformance
suite warns of claims there that nobody knows.
"""
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

    def client_seconds(self, client: ClientSnapshot) -> int:
        """How long a token may live with which this client speaks for itself."""
        return min(self.lifetime_seconds, client.switches.access_token_seconds or self.lifetime_seconds)

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
        claims = self.person_claims(issued, client=client, scope=scope, at=at, confirmation=confirmation)
        return self.sign_access_token(claims)

    def person_claims(
        self,
        issued: Issued,
        *,
        client: ClientSnapshot,
        scope: str,
        at: datetime,
        confirmation: Mapping[str, str] | None = None,
    ) -> Claims:
        """What an access token about a person says, whether it is signed or kept."""
        details = [dict(detail) for detail in issued.authorization_details]
        return {
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
            **({"may_act": {"sub": client.switches.may_act}} if client.switches.may_act else {}),
            **({"authorization_details": details} if details else {}),
            **self._audience(issued.resources, scope),
            **self._own_claims(at, seconds=self.seconds_of(issued, at=at)),
        }

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
        claims = self.client_claims(
            client, scope=scope, at=at, resources=resources, confirmation=confirmation
        )
        return self.sign_access_token(claims)

    def client_claims(
        self,
        client: ClientSnapshot,
        *,
        scope: str,
        at: datetime,
        resources: Sequence[str] = (),
        confirmation: Mapping[str, str] | None = None,
    ) -> Claims:
        """What it says, whether it is signed or kept."""
        return {
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": scope,
            **CLIENT_TOKEN,
            **({"cnf": dict(confirmation)} if confirmation else {}),
            **self._audience(resources, scope),
            **self._own_claims(at, seconds=self.client_seconds(client)),
        }

    def sign_access_token(self, claims: Claims) -> str:
        """The claims as a token that anybody can check."""
        return self.keys.sign(claims, algorithm=ACCESS_TOKEN_ALGORITHM, typ=ACCESS_TOKEN_TYPE)

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
            ID_TOKEN_FAMILY: str(issued.family_id),
        }
        return self.keys.sign(claims, algorithm=algorithm, typ=ID_TOKEN_TYPE)

    def read_access_token(self, token: str, *, at: datetime) -> AccessToken:
        """An access token, signed here and in time. Whether it is for this portal, `audience` tells.

        Raises:
            TokenRefused: anything else.
        """
        return self.understand(self.keys.verify(token, typ=ACCESS_TOKEN_TYPE), at=at)

    def understand(self, claims: Claims, *, at: datetime) -> AccessToken:
        """What the claims of an access token say, signed or kept, while it is in time.

        Raises:
            TokenRefused: it is not, or they were never ours.
        """
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
            actor=claims.get("act"),
            may_act=claims.get("may_act"),
            authorization_details=tuple(claims.get("authorization_details", ())),
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
            family_id=_uuid(claims[ID_TOKEN_FAMILY]) if ID_TOKEN_FAMILY in claims else None,
            expires_at=int(claims["exp"]) if "exp" in claims else None,
            may_act=claims.get("may_act"),
        )

    def _own_claims(self, at: datetime, *, seconds: int) -> Claims:
        return {"iss": self.issuer, "jti": secrets.token_urlsafe(16), **self._times(at, seconds=seconds)}

    def _audience(self, resources: Sequence[str], scope: str) -> dict[str, str | list[str]]:
        """Whoever was asked for (RFC 8707 section 2.2); this portal where nobody was, or for its userinfo."""
        if resources and OPENID not in scope.split():
            return {"aud": list(resources) if len(resources) > 1 else resources[0]}
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
