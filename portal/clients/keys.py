"""The keys of clients: those in their registration, or those at an address of theirs, kept in the process.

`ClientKeys.verify` answers the one question that others ask: did this client sign this? It may fetch, which takes up
to three seconds: never call it inside a transaction without `may_fetch=False`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

import orjson
import structlog

from portal.clients.snapshots import ClientSnapshot
from portal.infra.crypto.foreign import UnknownKey, Unverified, read_unverified, verified_claims
from portal.infra.crypto.jose import Claims
from portal.infra.crypto.public_keys import KeyRefused, PublicKey, read_public_keys
from portal.infra.fetch import Fetcher, FetchError

log = structlog.get_logger(__name__)

ACCEPT: Final = ("application/json", "application/jwk-set+json")
KEEP_SECONDS: Final = 300.0
"""How long a fetched set is used before it is looked at again."""
LOOK_AGAIN_SECONDS: Final = 60.0
"""Between two looks for keys that are not in the set, whoever sends tokens with made-up names of keys."""
RETRY_SECONDS: Final = 15.0
"""Between a fetch that failed and the next one."""
OUTLIVE_SECONDS: Final = 3600.0
"""For so long the last good copy is used while newer ones can't be fetched."""
MAX_KEPT: Final = 1000


NEVER: Final = float("-inf")


@dataclass(slots=True)
class _Kept:
    """What is known of one client's keys. `source` is where they are from: an address, or a version of the client."""

    source: str | datetime
    keys: tuple[PublicKey, ...] = ()
    good_at: float = NEVER
    tried_at: float = NEVER
    sought_at: float = NEVER
    copies: int = 0
    """How many good ones there have been."""
    lock: Lock = field(default_factory=Lock)


class ClientKeys:
    """One for each process. Where it may go to fetch keys, the fetcher decides."""

    def __init__(self, fetcher: Fetcher, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._fetcher, self._seconds = fetcher, seconds
        self._lock = Lock()
        self._kept: OrderedDict[UUID, _Kept] = OrderedDict()

    def of(self, client: ClientSnapshot, *, may_fetch: bool = True) -> tuple[PublicKey, ...]:
        """The client's keys as far as they are known; none where it has none, or they can't be had."""
        kept = self._entry(client)
        if may_fetch and client.jwks_uri is not None and self._is_due(kept):
            self._refresh(client.jwks_uri, kept)
        return kept.keys if self._is_usable(kept) else ()

    def verify(
        self,
        client: ClientSnapshot,
        text: str,
        *,
        algorithms: Collection[str],
        types: Collection[str | None],
        may_fetch: bool = True,
    ) -> Claims:
        """The claims of a token that this client signed with one of these algorithms (`types`: None where the type
        may be left out). What they say is for the caller to judge.

        Raises:
            TokenRefused: it did not, or its keys can't be had. Nothing is fetched for what can't be genuine.
        """
        token = read_unverified(text, algorithms=algorithms, types=types)
        return self.verify_read(client, token, may_fetch=may_fetch)

    def verify_read(self, client: ClientSnapshot, token: Unverified, *, may_fetch: bool = True) -> Claims:
        """The same for a token that was read already, to see whose it claims to be."""
        kept = self._entry(client)
        seen = kept.copies
        try:
            return verified_claims(token, self.of(client, may_fetch=may_fetch))
        except UnknownKey:
            if not may_fetch or client.jwks_uri is None or not self._look_again(client.jwks_uri, kept, seen):
                raise
        return verified_claims(token, kept.keys)

    def _entry(self, client: ClientSnapshot) -> _Kept:
        source = client.jwks_uri or client.version
        with self._lock:
            kept = self._kept.get(client.id)
            if kept is None or kept.source != source:
                kept = self._kept[client.id] = _Kept(source) if client.jwks_uri else _registered(client)
                if len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(client.id)
            return kept

    def _is_usable(self, kept: _Kept) -> bool:
        return self._seconds() - kept.good_at <= OUTLIVE_SECONDS

    def _is_due(self, kept: _Kept) -> bool:
        now = self._seconds()
        return now - kept.good_at > KEEP_SECONDS and now - kept.tried_at > RETRY_SECONDS

    def _refresh(self, uri: str, kept: _Kept) -> None:
        """One fetch for all who ask at once; who has an older copy does not wait for it."""
        if not kept.lock.acquire(blocking=not self._is_usable(kept)):
            return
        try:
            if self._is_due(kept):
                self._fetch(uri, kept)
        finally:
            kept.lock.release()

    def _look_again(self, uri: str, kept: _Kept, seen: int) -> bool:
        """Whether there is a newer copy than the one that was `seen`, for a key that was not in that."""
        with kept.lock:
            if kept.copies > seen:
                return True  # somebody has just looked
            now = self._seconds()
            has_failed = kept.good_at < kept.tried_at
            if now - kept.sought_at < LOOK_AGAIN_SECONDS or (
                has_failed and now - kept.tried_at < RETRY_SECONDS
            ):
                return False
            kept.sought_at = now
            return self._fetch(uri, kept)

    def _fetch(self, uri: str, kept: _Kept) -> bool:
        """A newer copy, if there is a good one; otherwise the one at hand stays."""
        kept.tried_at = self._seconds()
        try:
            keys = read_public_keys(orjson.loads(self._fetcher.get(uri, accept=ACCEPT).body))
        except (FetchError, KeyRefused, ValueError) as away:
            log.info("client_keys_not_fetched", reason=getattr(away, "reason", type(away).__name__))
            return False
        kept.keys, kept.good_at, kept.copies = keys, self._seconds(), kept.copies + 1
        return True


def _registered(client: ClientSnapshot) -> _Kept:
    """Keys that are part of the registration: as good as the copy of the client."""
    try:
        keys = read_public_keys(client.jwks) if client.jwks is not None else ()
    except KeyRefused:
        keys = ()
    return _Kept(client.version, keys=keys, good_at=float("inf"))
