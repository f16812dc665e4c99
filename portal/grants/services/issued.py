"""What tokens are made from, and what has been read in one that came back: facts, nothing signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.rules.claims import access_claims_of
from portal.grants.rules.holdings import Holdings


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a code or a refresh token has turned into: everything that goes into tokens, nothing signed yet."""

    family_id: UUID
    user_id: UUID
    session_id: UUID | None
    scope: str
    auth_time: datetime
    amr: tuple[str, ...]
    acr: str
    nonce: str | None
    id_token_claims: tuple[str, ...]
    held: Holdings = field(repr=False)
    """What the person holds, as far as tokens may speak of it or rest on it."""
    ends_at: datetime | None
    """When the first thing of that ends; nothing that is issued now may outlive it."""
    refresh_token: str | None = field(repr=False)
    resources: tuple[str, ...] = ()
    """Whom the access token is for beside this portal (RFC 8707)."""
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    actor: Mapping[str, Any] | None = None
    """The `act` claim of a token exchange (RFC 8693 section 4.1)."""

    def access_claims(self, client: ClientSnapshot, scope: str) -> dict[str, list[str]]:
        """What of it this client's tokens say: what it is set to get there, within what the person agreed to."""
        agreed = access_claims_of(scope.split())
        return self.held.for_token(agreed & client.access_claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token of ours that is in time. Whether what it stands for still lives, only the database knows."""

    jti: str
    subject: str
    client_id: str
    family_id: UUID | None
    """None for a client's own token."""
    scope: str
    told: Mapping[str, tuple[str, ...]]
    """What it says about what the person holds."""
    audience: tuple[str, ...]
    confirmation: Mapping[str, str]
    """The key that its bearer has to prove (`jkt`, `x5t#S256`); empty for a bearer token."""
    issued_at: int
    expires_at: int
    actor: Mapping[str, Any] | None = None
    may_act: object = None
    """Who alone may act with it (RFC 8693 section 4.4); None where it doesn't say."""
    authorization_details: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenHint:
    """Whom an ID token of ours was about, and for which client; it may have expired."""

    subject: str
    client_id: str
    session_id: str | None
    family_id: UUID | None
    """None for one of an earlier release, or that came with no token of another kind."""
    expires_at: int | None
    may_act: object = None
