"""Keys of single people, so that what is kept of one of them can be destroyed by destroying 32 bytes."""

import hashlib
import hmac
import os
import time
from collections import OrderedDict
from threading import Lock
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.infra.crypto.sealing import SealBroken, Sealer

KEY_BYTES: Final = 32
INDEX_BYTES: Final = 8
MOST_KEPT: Final = 5_000
KEPT_SECONDS: Final = 600.0
"""How long a process may go on with a key after another one has destroyed it."""

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_INDEX: Final = "index of addresses in the audit log"


class PersonalKey:
    """Seals values about one person, each to the place where it lies (AES-256-GCM, as `Sealer` does)."""

    __slots__ = ("_cipher", "_owner")

    def __init__(self, owner: UUID, secret: bytes) -> None:
        self._owner = owner.hex
        self._cipher = AESGCM(secret)

    def __repr__(self) -> str:
        return "PersonalKey()"

    def seal(self, value: bytes, context: str) -> bytes:
        """Bytes to store; they open only with the same `context`, which names table, column and row."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, self._bound_to(context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """The value again.

        Raises:
            SealBroken: for whatever reason.
        """
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
            raise SealBroken
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, self._bound_to(context))
        except InvalidTag:
            raise SealBroken from None

    def _bound_to(self, context: str) -> bytes:
        return f"portal personal 1\n{self._owner}\n{context}".encode()


class PersonalKeys:
    """Makes and opens the keys of people, and keeps some that are in use, so that most writes ask nobody.

    A key is kept for `KEPT_SECONDS`: one that was destroyed meanwhile may still seal so long, and what it then seals
    nobody can read. Readers do not rely on what is kept here, but ask the table each time.
    """

    def __init__(self, sealer: Sealer, *, most: int = MOST_KEPT) -> None:
        self._sealer = sealer
        self._most = most
        self._kept: OrderedDict[UUID, tuple[PersonalKey | None, float]] = OrderedDict()
        self._lock = Lock()
        self._index_keys = tuple(sealer.derive(_INDEX, key_id=key_id) for key_id in sealer.key_ids)
        self._index_key = sealer.derive(_INDEX)

    def make(self, owner: UUID) -> tuple[PersonalKey, str]:
        """A new key, and the text in which it is stored."""
        secret = os.urandom(KEY_BYTES)
        return PersonalKey(owner, secret), self._sealer.seal(secret, _place_of(owner))

    def unwrap(self, owner: UUID, sealed_key: str) -> PersonalKey:
        """A stored key.

        Raises:
            SealBroken: it was sealed under another master key, or for somebody else.
        """
        return PersonalKey(owner, self._sealer.open(sealed_key, _place_of(owner)))

    def kept(self, owner: UUID) -> tuple[PersonalKey | None] | None:
        """The key, in a tuple, or None for one that has been destroyed; nothing if it isn't kept here."""
        with self._lock:
            found = self._kept.get(owner)
            if found is None or found[1] < time.monotonic():
                return None
            self._kept.move_to_end(owner)
            return (found[0],)

    def keep(self, owner: UUID, key: PersonalKey | None) -> None:
        """Only what is committed: a key that was rolled back would seal for nobody."""
        with self._lock:
            self._kept[owner] = (key, time.monotonic() + KEPT_SECONDS)
            self._kept.move_to_end(owner)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def index(self, address: str) -> bytes:
        """Under what to store an address that is to be found and not read."""
        return _digest(self._index_key, address)

    def indexes(self, address: str) -> list[bytes]:
        """Under what an address may be stored; there is one for each master key that was ever active."""
        return [_digest(key, address) for key in self._index_keys]


def _digest(key: bytes, address: str) -> bytes:
    return hmac.digest(key, address.strip().lower().encode(), hashlib.sha256)[:INDEX_BYTES]


def _place_of(owner: UUID) -> str:
    return f"audit_person_keys|sealed_key|{owner}"
