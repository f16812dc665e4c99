"""Clients as the protocol needs them, at every request: frozen copies, kept in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, select
from sqlalchemy.orm import Session

from portal.clients.models import Client, ClientSecret
from portal.clients.repository import Clients
from portal.clients.rules.switches import Switches
from portal.clients.rules.uris import origin_of
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.events import Ref
from portal.infra.prepared import Prepared

KEEP_SECONDS: Final = 30.0
"""The longest that a copy is believed without a look; in between, every statement that reads a token looks too."""
MAX_KEPT: Final = 1000
NOTE_USE_AFTER: Final = timedelta(hours=1)
_VERSION: Final = Prepared(select(Client.updated_at).where(Client.id == bindparam("id", type_=Uuid())))


@dataclass(frozen=True, slots=True)
class SecretDigest:
    """What is left of a secret."""

    id: UUID
    digest: bytes = field(repr=False)
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSnapshot:
    """A client at one moment, under the names of RFC 7591. `version` changes with any change of it."""

    id: UUID
    version: datetime
    client_id: str
    client_name: str
    kind: str
    token_endpoint_auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: frozenset[str]
    response_types: frozenset[str]
    scopes: tuple[str, ...]
    id_token_signed_response_alg: str
    require_pkce: bool
    require_consent: bool
    access_claims: frozenset[str]
    """Which of `roles`, `groups` and `permissions` its ID and access tokens say as well."""
    is_active: bool
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    jwks: dict[str, Any] | None = field(repr=False)
    jwks_uri: str | None
    switches: Switches
    is_vouched: bool
    secrets: tuple[SecretDigest, ...] = field(repr=False)

    @property
    def ref(self) -> Ref:
        return Ref("client", self.id, self.client_name)

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == "none"  # noqa: S105

    def can_prove_itself(self, *, at: datetime) -> bool:
        """Whether there is anything by which it could: a secret that works, keys, or the names in a certificate."""
        match self.token_endpoint_auth_method:
            case "none":
                return True
            case "private_key_jwt" | "self_signed_tls_client_auth":
                return bool(self.jwks or self.jwks_uri)
            case "tls_client_auth":
                return bool(self.switches.tls_client_auth_subject_dn or self.switches.tls_client_auth_san_dns)
            case _:
                return any(one.expires_at is None or at < one.expires_at for one in self.secrets)

    @property
    def needs_pkce(self) -> bool:
        """A public client always; a confidential one unless it was let off (RFC 9700 section 2.1.1)."""
        return self.require_pkce or self.is_public

    def secret_behind(self, text: str, *, at: datetime) -> SecretDigest | None:
        """The one of the secrets that work which a presented text is."""
        presented = parse(TokenKind.CLIENT_SECRET, text)
        if presented is None:
            return None
        works = (
            secret
            for secret in self.secrets
            if secret.id == presented.id
            and (secret.expires_at is None or at < secret.expires_at)
            and same(secret.digest, presented.digest)
        )
        return next(works, None)


class ClientSnapshots:
    """Every client that was asked for lately. A change in this process is seen at once (`forget`), one elsewhere
    by the version that comes with the rows of its codes and tokens (`is_current`), or else after `KEEP_SECONDS`.
    """

    def __init__(
        self, reading: Callable[[], Session], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading, self._seconds = reading, seconds
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, ClientSnapshot]] = OrderedDict()
        self._origins: tuple[float, frozenset[str]] | None = None
        self._uses: OrderedDict[UUID, datetime] = OrderedDict()

    def find(self, client_id: str) -> ClientSnapshot | None:
        """A copy no older than `KEEP_SECONDS`; None if there is no such client."""
        kept = self._fresh(client_id)
        if kept is not None:
            return kept
        with self._lock:  # one load for all who ask at once
            return self._fresh(client_id) or self._load(client_id)

    def current(self, client_id: str) -> ClientSnapshot | None:
        """The client as it is now; one statement where the copy still holds."""
        kept = self._fresh(client_id)
        if kept is not None:
            with self._reading() as session:
                if is_current(session.connection(), kept):
                    return kept
        return self.reload(client_id)

    def reload(self, client_id: str) -> ClientSnapshot | None:
        """A copy made now: for a decision that must not rest on an older one."""
        with self._lock:
            self._kept.pop(client_id, None)
            return self._load(client_id)

    def forget(self, client_pk: UUID) -> None:
        """This client has just changed."""
        with self._lock:
            self._kept = OrderedDict(
                (client_id, entry) for client_id, entry in self._kept.items() if entry[1].id != client_pk
            )
            self._origins = None

    def is_use_due(self, secret: SecretDigest, *, at: datetime) -> bool:
        """Whether the use of a secret is to be written down now: the first in this process for an hour, if no other
        process is known to have written it. Whoever is told so is the only one.
        """
        with self._lock:
            known = self._uses.get(secret.id) or secret.last_used_at
            if known is not None and at < known + NOTE_USE_AFTER:
                return False
            self._uses[secret.id] = at
            self._uses.move_to_end(secret.id)
            if len(self._uses) > MAX_KEPT:
                self._uses.popitem(last=False)
            return True

    def browser_origins(self) -> frozenset[str]:
        """Origins of single-page apps, whose scripts may call the token endpoint from a browser."""
        if self._origins is None or self._seconds() - self._origins[0] > KEEP_SECONDS:
            with self._reading() as session:
                self._origins = (self._seconds(), frozenset(_browser_origins(session)))
        return self._origins[1]

    def _fresh(self, client_id: str) -> ClientSnapshot | None:
        made_at, snapshot = self._kept.get(client_id, (float("-inf"), None))
        return snapshot if self._seconds() - made_at <= KEEP_SECONDS else None

    def _load(self, client_id: str) -> ClientSnapshot | None:
        with self._reading() as session:
            client = Clients(session).by_client_id(client_id)
            if client is None:
                self._kept.pop(client_id, None)
                return None
            snapshot = _snapshot(client, _secrets_of(session, client))
        self._kept[client_id] = (self._seconds(), snapshot)
        self._kept.move_to_end(client_id)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return snapshot


def is_current(connection: Connection, snapshot: ClientSnapshot) -> bool:
    """Whether the client still is what the copy says: one statement, for when no other brings the version along."""
    return bool(_VERSION.scalar(connection, {"id": snapshot.id}) == snapshot.version)


def _snapshot(client: Client, secrets: tuple[SecretDigest, ...]) -> ClientSnapshot:
    return ClientSnapshot(
        id=client.id,
        version=client.updated_at,
        client_id=client.client_id,
        client_name=client.client_name,
        kind=client.kind,
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        redirect_uris=tuple(client.redirect_uris),
        post_logout_redirect_uris=tuple(client.post_logout_redirect_uris),
        grant_types=frozenset(client.grant_types),
        response_types=frozenset(client.response_types),
        scopes=tuple(client.scope.split()),
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        require_pkce=client.require_pkce,
        require_consent=client.require_consent,
        access_claims=frozenset(client.access_claims or ()),
        is_active=client.is_active,
        client_uri=client.client_uri,
        logo_uri=client.logo_uri,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
        jwks=client.jwks,
        jwks_uri=client.jwks_uri,
        switches=Switches.of(client.switches),
        is_vouched=client.is_vouched,
        secrets=secrets,
    )


def _secrets_of(session: Session, client: Client) -> tuple[SecretDigest, ...]:
    if client.is_public:
        return ()
    query = select(ClientSecret).where(ClientSecret.client_pk == client.id, ClientSecret.revoked_at.is_(None))
    return tuple(
        SecretDigest(row.id, row.digest, row.expires_at, row.last_used_at) for row in session.scalars(query)
    )


def _browser_origins(session: Session) -> list[str]:
    query = select(Client.redirect_uris).where(Client.kind == "spa", Client.is_active)
    return [origin for uris in session.scalars(query) for uri in uris if (origin := origin_of(uri))]
