"""Secrets at rest that we must read again: sealed with AES-256-GCM to the very place where they lie."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_MAX_SEALED_CHARACTERS: Final = 4_000_000
_SEALED: Final = re.compile(r"v1\.([0-9A-Za-z-]{1,32})\.([0-9A-Za-z_-]+)")


class SealBroken(Exception):
    """A sealed value does not open. Why (another key, another row, damage) is not told."""

    def __init__(self) -> None:
        super().__init__("A sealed value can't be opened.")


def fingerprint(key: bytes) -> str:
    """A short public name of a key, the same wherever the key is."""
    return _expand(key, "fingerprint", 4).hex()


class Sealer:
    """Seals under the active master key and opens what any known one sealed; the key's id is in the value.

    Master keys are used for nothing but deriving: each purpose has a key of its own.
    """

    def __init__(self, keys: Mapping[str, bytes], *, active: str) -> None:
        if active not in keys:
            raise ValueError("the active master key is not among the keys")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES or not re.fullmatch(r"[0-9A-Za-z-]{1,32}", key_id):
                raise ValueError("a master key has 32 bytes, and an id of letters, digits and hyphens")
        self._keys = dict(keys)
        self.active_key_id = active
        self._ciphers = {key_id: AESGCM(_expand(key, "seal", KEY_BYTES)) for key_id, key in keys.items()}

    @classmethod
    def of(cls, active: bytes, *older: bytes) -> "Sealer":
        """A sealer whose key ids are the keys' fingerprints."""
        return cls({fingerprint(key): key for key in (*older, active)}, active=fingerprint(active))

    def __repr__(self) -> str:
        return f"Sealer(active={self.active_key_id!r})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def seal(self, secret: bytes, context: str) -> str:
        """Text to store; it opens only with the same `context`, which says where: `table|column|row id`."""
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self.active_key_id
        sealed = nonce + self._ciphers[key_id].encrypt(nonce, secret, _bound_to(key_id, context))
        return f"v1.{key_id}.{_text(sealed)}"

    def open(self, sealed: str, context: str) -> bytes:
        """The secret again.

        Raises:
            SealBroken: for whatever reason.
        """
        key_id, body = _read(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _bound_to(key_id, context))
        except InvalidTag:
            raise SealBroken from None

    def is_current(self, sealed: str) -> bool:
        """Whether a value lies under the active key, or is to be sealed anew after a rotation."""
        return sealed.startswith(f"v1.{self.active_key_id}.")

    def derive(self, purpose: str, *, key_id: str | None = None) -> bytes:
        """32 bytes for one purpose (a cookie, a pepper), from the active master key or a named one."""
        key = self._keys[key_id or self.active_key_id]
        return _expand(key, f"purpose {purpose}", KEY_BYTES)


def _read(sealed: str) -> tuple[str, bytes]:
    parts = _SEALED.fullmatch(sealed) if len(sealed) <= _MAX_SEALED_CHARACTERS else None
    if parts is None:
        raise SealBroken
    try:
        body = base64.b64decode(parts[2] + "=" * (-len(parts[2]) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise SealBroken from None
    # The last letter has bits to spare; a value is written in one way only.
    if len(body) < _NONCE_BYTES + _TAG_BYTES or _text(body) != parts[2]:
        raise SealBroken
    return parts[1], body


def _text(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _bound_to(key_id: str, context: str) -> bytes:
    return f"portal seal 1\n{key_id}\n{context}".encode()


def _expand(key: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=b"portal", info=info.encode()).derive(key)
