"""The issuer's keys in this process: parsed once, checked for news in the background, signing and verifying."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    Pen,
    TokenRefused,
    compact,
    load_public_key,
    verify,
)
from portal.infra.crypto.signers import HeldKey, Signers

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 5.0
"""How old a copy may grow before somebody looks whether another process has changed the keys."""
TRUST_SECONDS: Final = 10.0
"""How old a copy may be and still decide: whoever comes to an older one, after a quiet time, waits for that look."""
MOST_VERIFIED: Final = 1000
"""Tokens whose signature was found right under the keys in hand: they come back, and nothing about it can change."""
UNKNOWN_KID_SECONDS: Final = 1.0
"""A made-up `kid` costs at most one look in this time."""


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """All published keys as they were at one moment."""

    states: frozenset[tuple[str, str]]
    verifying: Mapping[str, tuple[Key, Algorithm]]
    signing: Mapping[Algorithm, HeldKey]
    jwks: bytes


class KeyRing:
    """Signs and verifies without a statement. What another process did to the keys counts here after `TRUST_SECONDS` at
    the latest, whether or not anybody asked for anything meanwhile.

    Built before the fork, filled after it: the first use in each process reads the rows.
    """

    def __init__(
        self,
        reading: Callable[[], Session],
        signers: Signers,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading, self._signers, self._seconds = reading, signers, seconds
        self._loading, self._checking, self._checking_now = Lock(), Lock(), Lock()
        self._copy: KeyCopy | None = None
        self._pens: dict[str, Pen] = {}
        self._checked_at = float("-inf")
        self._verified: dict[bytes, Claims] = {}

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
            SignerUnavailable: whoever holds it does not sign now.
        """
        held = self._current().signing.get(algorithm)
        if held is None:
            self.reload()
            held = self._current().signing.get(algorithm)
        if held is None:
            raise SigningKeyMissing(algorithm)
        return compact(claims, self._pen(held), kid=held.kid, algorithm=algorithm, typ=typ)

    def verify(self, token: str, *, typ: str) -> Claims:
        """Claims of a token that one of the published keys signed; times and audience are not looked at.

        Raises:
            TokenRefused: anything else.
        """
        self._current()
        verified = self._verified  # of the keys in hand: a copy that is read meanwhile brings a new one
        place = hashlib.sha256(f"{typ} {token}".encode()).digest()
        claims = verified.get(place)
        if claims is None:
            claims = verify(token, typ=typ, find_key=self._find)
            if len(verified) >= MOST_VERIFIED:
                verified.clear()
            verified[place] = claims
        return claims

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
                return self._copy or self._load()
        age = self._seconds() - self._checked_at
        if age > TRUST_SECONDS:
            return self._looked_after(copy)
        if age > CHECK_SECONDS and self._checking.acquire(blocking=False):
            # answered from the copy at once: no request waits for this look, and none pays a statement for it
            self._checked_at = self._seconds()
            Thread(target=self._check, name="signing-keys", daemon=True).start()
        return copy

    def _looked_after(self, copy: KeyCopy) -> KeyCopy:
        """The copy after a quiet time: a key may have been revoked in it, so everybody waits for one who looks."""
        with self._checking_now:
            if self._seconds() - self._checked_at > TRUST_SECONDS:
                self._look()
        return self._copy or copy

    def _check(self) -> None:
        try:
            self._look()
        finally:
            self._checking.release()

    def _look(self) -> None:
        """Whether the copy is still true; another one if it is not."""
        try:
            with self._reading() as session:
                is_true = self._copy is not None and SigningKeys(session).states() == self._copy.states
            if not is_true:
                self.reload()
        except Exception as away:  # noqa: BLE001 - the copy in hand goes on working until the database is back
            log.warning("signing_keys_not_checked", error=type(away).__name__)
        self._checked_at = self._seconds()

    def _load(self) -> KeyCopy:
        with self._reading() as session:
            copy = _copy_of(SigningKeys(session).published())
        kids = {held.kid for held in copy.signing.values()}
        self._pens = {kid: pen for kid, pen in self._pens.items() if kid in kids}
        self._copy, self._checked_at = copy, self._seconds()
        self._verified = {}
        return copy

    def _pen(self, held: HeldKey) -> Pen:
        pen = self._pens.get(held.kid)
        if pen is None:
            self._pens[held.kid] = pen = self._signers.pen(held)
        return pen


def _copy_of(rows: Sequence[SigningKey]) -> KeyCopy:
    verifying = {row.kid: (load_public_key(row.public_jwk), algorithm_of(row)) for row in rows}
    return KeyCopy(
        states=frozenset((row.kid, row.state) for row in rows),
        verifying=verifying,
        signing={
            algorithm_of(row): HeldKey(
                kid=row.kid,
                algorithm=algorithm_of(row),
                public=verifying[row.kid][0],
                signer=row.signer,
                sealed=row.sealed_private_key,
                context=seal_context(row),
                signer_ref=row.signer_ref,
            )
            for row in rows
            if row.state == "active"
        },
        jwks=orjson.dumps(as_published(rows)),
    )


__all__ = ["KeyRing", "TokenRefused"]
