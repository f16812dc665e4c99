"""The issuer's keys in this process: parsed once, checked for news in the background, signing and verifying."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Final

import orjson
import structlog
from sqlalchemy.orm import Session

from portal.grants.errors import SigningKeyMissing
from portal.grants.models import SigningKey
from portal.grants.repository.signing_keys import SigningKeys, algorithm_of
from portal.grants.services.signing_keys import as_published, seal_context
from portal.infra.crypto.jose import (
    Algorithm,
    Claims,
    Key,
    TokenRefused,
    load_private_key,
    load_public_key,
    sign,
    verify,
)
from portal.infra.crypto.sealing import Sealer

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 5.0
"""How old a copy may grow before somebody looks whether another process has changed the keys."""
UNKNOWN_KID_SECONDS: Final = 1.0
"""A made-up `kid` costs at most one look in this time."""


@dataclass(frozen=True, slots=True)
class Signing:
    """The key that signs with one algorithm; its private half is parsed at the first signature."""

    kid: str
    sealed: str = field(repr=False)
    context: str


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """All published keys as they were at one moment."""

    states: frozenset[tuple[str, str]]
    verifying: Mapping[str, tuple[Key, Algorithm]]
    signing: Mapping[Algorithm, Signing]
    jwks: bytes


class KeyRing:
    """Signs and verifies without a statement; other processes' rotations arrive within `CHECK_SECONDS` of use.

    Built before the fork, filled after it: the first use in each process reads the rows.
    """

    def __init__(
        self, reading: Callable[[], Session], sealer: Sealer, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading, self._sealer, self._seconds = reading, sealer, seconds
        self._loading, self._checking = Lock(), Lock()
        self._copy: KeyCopy | None = None
        self._private: dict[str, Key] = {}
        self._checked_at = float("-inf")

    @property
    def jwks(self) -> bytes:
        """The JWKS document, ready to be sent."""
        return self._current().jwks

    def make_ready(self) -> None:
        """Read the rows if nobody has yet; a process may do so before its first request."""
        self._current()

    def sign(self, claims: Claims, *, algorithm: Algorithm, typ: str) -> str:
        """A compact JWS under the active key.

        Raises:
            SigningKeyMissing: there is none.
        """
        signing = self._current().signing.get(algorithm)
        if signing is None:
            self.reload()
            signing = self._current().signing.get(algorithm)
        if signing is None:
            raise SigningKeyMissing(algorithm)
        return sign(claims, self._private_key(signing), kid=signing.kid, algorithm=algorithm, typ=typ)

    def verify(self, token: str, *, typ: str) -> Claims:
        """Claims of a token that one of the published keys signed; times and audience are not looked at.

        Raises:
            TokenRefused: anything else.
        """
        return verify(token, typ=typ, find_key=self._find)

    def reload(self) -> None:
        """Read the rows now; whoever changed them in this process calls it after the commit."""
        with self._loading:
            self._load()

    def _find(self, kid: str) -> tuple[Key, Algorithm] | None:
        found = self._current().verifying.get(kid)
        if found is None and self._seconds() - self._checked_at > UNKNOWN_KID_SECONDS:
            self.reload()
            found = self._current().verifying.get(kid)
        return found

    def _current(self) -> KeyCopy:
        copy = self._copy
        if copy is None:
            with self._loading:
                copy = self._copy or self._load()
        elif self._seconds() - self._checked_at > CHECK_SECONDS and self._checking.acquire(blocking=False):
            # answered from the copy at once: no request waits for this look, and none pays a statement for it
            self._checked_at = self._seconds()
            Thread(target=self._check, name="signing-keys", daemon=True).start()
        return copy

    def _check(self) -> None:
        try:
            with self._reading() as session:
                is_true = self._copy is not None and SigningKeys(session).states() == self._copy.states
            if not is_true:
                self.reload()
        except Exception as away:  # noqa: BLE001 - the copy in hand goes on working until the database is back
            log.warning("signing_keys_not_checked", error=type(away).__name__)
        finally:
            self._checking.release()

    def _load(self) -> KeyCopy:
        with self._reading() as session:
            copy = _copy_of(SigningKeys(session).published())
        kids = {signing.kid for signing in copy.signing.values()}
        self._private = {kid: key for kid, key in self._private.items() if kid in kids}
        self._copy, self._checked_at = copy, self._seconds()
        return copy

    def _private_key(self, signing: Signing) -> Key:
        key = self._private.get(signing.kid)
        if key is None:
            key = load_private_key(self._sealer.open(signing.sealed, signing.context), kid=signing.kid)
            self._private[signing.kid] = key
        return key


def _copy_of(rows: Sequence[SigningKey]) -> KeyCopy:
    return KeyCopy(
        states=frozenset((row.kid, row.state) for row in rows),
        verifying={row.kid: (load_public_key(row.public_jwk), algorithm_of(row)) for row in rows},
        signing={
            algorithm_of(row): Signing(row.kid, row.sealed_private_key, seal_context(row))
            for row in rows
            if row.state == "active"
        },
        jwks=orjson.dumps(as_published(rows)),
    )


__all__ = ["KeyRing", "TokenRefused"]
