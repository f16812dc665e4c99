"""Secrets that we hand out and recognise again, of which only digests are stored."""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from uuid import UUID

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
_ID_LENGTH: Final = 22  # 62**22 > 2**128
_SECRET_LENGTH: Final = 43  # 62**43 > 2**256
_CHECK_LENGTH: Final = 6  # 62**6 > 2**32
_SHAPE: Final = re.compile(
    rf"((?:portal_)?[a-z]{{3}})_([0-9A-Za-z]{{{_ID_LENGTH}}})_([0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]*)"
)
SHORT_CODE_DIGITS: Final = 6


class TokenKind(Enum):
    """Each kind of token: the prefix that people and scanners see, and the purpose its digest is bound to.

    One kind is never taken for another, however alike their rows are.
    """

    SESSION = ("ses", "session")
    BROWSER = ("brw", "browser")
    DEVICE = ("dev", "known device")
    FLOW = ("flw", "flow state")
    AUTHORIZATION_CODE = ("cod", "authorization code")
    REFRESH_TOKEN = ("rft", "refresh token")
    ACCESS_TOKEN = ("atk", "access token")
    CLIENT_SECRET = ("sec", "client secret")
    REGISTRATION = ("reg", "client registration access token")
    INITIAL_ACCESS = ("iat", "initial access token")
    PUSHED_REQUEST = ("par", "pushed authorization request")
    DEVICE_CODE = ("dvc", "device code")
    MAILED = ("mlt", "mailed token")
    SETUP = ("stp", "setup link")
    SIGN_UP = ("sgn", "sign-up link")
    PERSONAL = ("portal_pat", "personal access token", True)

    def __init__(self, prefix: str, purpose: str, is_checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self.prefix = prefix
        self.purpose = purpose
        self.is_checked = is_checked
        """Whether it ends with a checksum: such tokens lie in files, where scanners of other houses look for them and
        can then tell a real one from an example without asking us.
        """
        check = _CHECK_LENGTH if is_checked else 0
        self.length = len(prefix) + 1 + _ID_LENGTH + 1 + _SECRET_LENGTH + check


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: `token` goes to its holder and nowhere else, `digest` (32 bytes) into the row."""

    token: str = field(repr=False)
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A presented token that has the right form: the row to look up, and what its digest must be."""

    id: UUID
    digest: bytes = field(repr=False)


def issue(kind: TokenKind, row_id: UUID) -> Issued:
    """A new token `prefix_id_secret` for a row: its id and 256 random bits, in base 62 of fixed length. Some kinds end
    with the CRC-32 of all that, in six digits more.
    """
    secret = _encode(int.from_bytes(secrets.token_bytes(32)), _SECRET_LENGTH)
    token = f"{kind.prefix}_{_encode(row_id.int, _ID_LENGTH)}_{secret}"
    return Issued(token + _check_of(kind, token), _digest(kind, row_id, secret))


def parse(kind: TokenKind, text: str) -> Parsed | None:
    """Read a presented token of this kind, or nothing if it can't be one; anything too long costs nothing.

    The form has no slack: a row and a secret are written in one way only, so a changed token is another one.
    """
    if len(text) != kind.length:
        return None
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape[1] != kind.prefix or shape[4] != _check_of(kind, text[: shape.end(3)]):
        return None
    number = _decode(shape[2])
    if number >> 128:
        return None
    row_id = UUID(int=number)
    return Parsed(row_id, _digest(kind, row_id, shape[3]))


def kind_of(text: str) -> TokenKind | None:
    """Which kind of token this text looks like, by its beginning and its length; nothing is checked."""
    looks = (kind for kind in TokenKind if len(text) == kind.length and text.startswith(f"{kind.prefix}_"))
    return next(looks, None)


def same(stored: bytes | None, presented: bytes) -> bool:
    """Whether two digests are equal, in a time that does not tell how nearly. No digest equals no digest."""
    return bool(stored) and hmac.compare_digest(stored or b"", presented)


def short_code() -> str:
    """Six random digits for a person to type; worth something only with few tries and a short life."""
    return f"{secrets.randbelow(10**SHORT_CODE_DIGITS):0{SHORT_CODE_DIGITS}d}"


def short_code_digest(key: bytes, *, purpose: str, row_id: UUID, code: str) -> bytes:
    """What to store of a short code: keyed, since a million plain digests are tried in no time."""
    return hmac.digest(key, f"short code\n{purpose}\n{row_id.hex}\n{code}".encode(), "sha256")


def digest_of_once(*names: str) -> bytes:
    """What to store of something that may come once. Each name has its length beside it: no two ever run together."""
    text = "".join(f"\n{len(name)} {name}" for name in names)
    return hashlib.sha256(f"portal once 1{text}".encode()).digest()


def _digest(kind: TokenKind, row_id: UUID, secret: str) -> bytes:
    return hashlib.sha256(f"portal token 1\n{kind.purpose}\n{row_id.hex}\n{secret}".encode()).digest()


def _check_of(kind: TokenKind, token: str) -> str:
    return _encode(zlib.crc32(token.encode()), _CHECK_LENGTH) if kind.is_checked else ""


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _decode(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + _VALUES[digit]
    return number
