"""Signed heads of the chain: what is signed, by which key, and how a copy looks that has left the house. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

VERSION: Final = 1
PURPOSE: Final = "checkpoints of the audit log"
"""For `Sealer.derive`: the key is made from the master key, and from nothing that lies in the database."""
MAX_LINE: Final = 2_000

Role = Literal["checkpoint", "tombstone"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotACheckpoint(ValueError):
    """A line of a file that holds no checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """The hash of the chain at a position and a moment, signed. A tombstone says that all up to there was removed."""

    role: Role = "checkpoint"
    position: int
    hash: bytes
    at: datetime
    key_id: str
    signature: bytes = b""

    def statement(self) -> bytes:
        """What is signed."""
        return _sorted({**_facts(self), "purpose": f"portal audit {self.role}"})

    def as_line(self) -> str:
        """One line of a file, the body of a webhook: JSON that `read_line` reads again."""
        return _sorted({**_facts(self), "signature": _text(self.signature)}).decode()


class SigningKey:
    """Signs heads (Ed25519). Its id is a digest of the public half."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(self._key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"

    def sign(self, role: Role, *, position: int, digest: bytes, at: datetime) -> SignedHead:
        head = SignedHead(role=role, position=position, hash=digest, at=at, key_id=self.public.key_id)
        return SignedHead(
            role=role,
            position=position,
            hash=digest,
            at=at,
            key_id=self.public.key_id,
            signature=self._key.sign(head.statement()),
        )


class PublicKey:
    """Tells a head that the portal has signed from any other."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(b"portal audit key\n" + raw).hexdigest()[:16]
        self.pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @classmethod
    def of_pem(cls, pem: bytes) -> "PublicKey":
        """A key as `portal audit key` prints it.

        Raises:
            ValueError: it is none.
        """
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")  # noqa: TRY004 - it is the value of a file that is wrong
        return cls(key)

    def has_signed(self, head: SignedHead) -> bool:
        try:
            self._key.verify(head.signature, head.statement())
        except InvalidSignature:
            return False
        return True


def is_genuine(head: SignedHead, keys: Mapping[str, PublicKey]) -> bool:
    """Whether one of these keys has signed it."""
    key = keys.get(head.key_id)
    return key is not None and key.has_signed(head)


def read_line(line: str) -> SignedHead:
    """A checkpoint as it was exported; whether it is genuine is another question.

    Raises:
        NotACheckpoint: the line is no such thing.
    """
    try:
        facts = orjson.loads(line) if len(line) <= MAX_LINE else None
        if not isinstance(facts, dict) or facts["version"] != VERSION:
            raise NotACheckpoint
        return SignedHead(
            position=_natural(facts["position"]),
            hash=bytes.fromhex(facts["hash"]),
            at=_EPOCH + timedelta(microseconds=_natural(facts["at"])),
            key_id=str(facts["key_id"]),
            signature=base64.urlsafe_b64decode(facts["signature"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as wrong:
        raise NotACheckpoint from wrong


def _facts(head: SignedHead) -> dict[str, Any]:
    return {
        "version": VERSION,
        "position": head.position,
        "hash": head.hash.hex(),
        "at": (head.at - _EPOCH) // timedelta(microseconds=1),
        "time": head.at.astimezone(UTC).isoformat(timespec="seconds"),
        "key_id": head.key_id,
    }


def _natural(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise NotACheckpoint
    return value


def _sorted(facts: Mapping[str, Any]) -> bytes:
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def _text(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).decode()
