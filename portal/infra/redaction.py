"""What a log line may say: secrets are blotted out by the name of their field and by their looks."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

BLOT: Final = "[redacted]"
MAX_TEXT: Final = 2_000
MAX_TRACE: Final = 8_000
_MAX_SCANNED: Final = 16_000
_MAX_ITEMS: Final = 50
_MAX_DEPTH: Final = 4

_WORD: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
_SECRET_WORDS: Final = frozenset(
    {"password", "passwords", "passwd", "passphrase", "secret", "secrets", "token", "tokens", "code", "codes"}
    | {"cookie", "cookies", "authorization", "credential", "credentials", "assertion", "verifier", "csrf"}
    | {"otp", "totp", "pin", "pepper", "key", "keys", "jwt", "link"}
)
# A name that ends so tells about a secret, not the secret: token_type, code_expires_at, key_id.
_HARMLESS_ENDS: Final = frozenset(
    {"id", "ids", "at", "seconds", "ms", "count", "kind", "type", "name", "method", "alg", "length"}
)
_HARMLESS: Final = frozenset({"status_code", "error_code", "exit_code", "smtp_code"})

# Controls, line separators, half characters, and what turns the reading direction.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_TRACE: Final = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


class _Look(NamedTuple):
    """How a secret looks. `mark` is in every one of them, and looking for it first makes most lines cheap."""

    mark: str
    pattern: re.Pattern[str]
    blot: str


_PARAMETER: Final = r"code|password|assertion|[a-z_]{0,20}token|[a-z_]{0,20}secret"
_LOOKS: Final = (
    _Look("_", re.compile(r"\b((?:portal_)?[a-z]{3})_[0-9A-Za-z]{22}_[0-9A-Za-z]{8,}"), rf"\1_{BLOT}"),
    _Look("eyJ", re.compile(r"\beyJ[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*){1,4}"), BLOT),
    _Look(" ", re.compile(r"(?i)\b(bearer|basic|dpop) [0-9A-Za-z+/=._~-]{8,}"), rf"\1 {BLOT}"),
    _Look("=", re.compile(rf"(?i)([?&#\s](?:{_PARAMETER})=)[^&#\s\"']+"), rf"\1{BLOT}"),
    _Look("@", re.compile(r"(://[^\s/:@]{0,64}):[^\s/@]{1,256}@"), rf"\1:{BLOT}@"),
    _Look("$argon2", re.compile(r"\$argon2[a-z]{1,2}\$[0-9A-Za-z+/=,$]+"), BLOT),
    _Look(
        "PRIVATE",
        re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?"),
        BLOT,
    ),
)


def fields(values: Mapping[Any, object], *, depth: int = 0) -> dict[str, Plain]:
    """Named values as they may stand in a log, blotted out where the name says that it is a secret."""
    shown: dict[str, Plain] = {}
    for name, value in islice(values.items(), _MAX_ITEMS):
        safe_name, hides = _named(str(name)[:100])
        shown[safe_name] = BLOT if hides and value is not None else plain(value, depth=depth)
    return shown


def plain(value: object, *, depth: int = 0) -> Plain:
    """A value as it may stand in a log: bounded, without secrets, and a thing of ours only by its type's name."""
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        return fields(value, depth=depth + 1)
    if isinstance(value, list | tuple | set | frozenset) and depth < _MAX_DEPTH:
        return _items(value, depth + 1)
    return text(_spoken(value))


def text(value: str) -> str:
    """One line, without what steers a terminal and with what looks like a secret blotted out."""
    shown = _UNSAFE.sub(_escaped, _blotted(value[:_MAX_SCANNED]))
    return shown if len(shown) <= MAX_TEXT else f"{shown[:MAX_TEXT]}… ({len(value)} characters)"


def trace(value: str) -> str:
    """A traceback, or the end of a long one, on its own lines."""
    return _UNSAFE_IN_TRACE.sub(_escaped, _blotted(value[-_MAX_SCANNED:]))[-MAX_TRACE:]


@lru_cache(maxsize=1024)
def _named(name: str) -> tuple[str, bool]:
    """A field's name as it may be shown, and whether it names a secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    about = bool(words) and (words[-1] in _HARMLESS_ENDS or name.lower() in _HARMLESS)
    return text(name), not about and not _SECRET_WORDS.isdisjoint(words)


def _spoken(value: object) -> str:
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, UUID | date | timedelta | Enum | PurePath | IPv4Address | IPv6Address):
        return str(value)
    return f"<{type(value).__name__}>"


def _items(values: Iterable[object], depth: int) -> list[Plain]:
    return [plain(value, depth=depth) for value in islice(values, _MAX_ITEMS)]


def _blotted(value: str) -> str:
    for look in _LOOKS:
        if look.mark in value:
            value = look.pattern.sub(look.blot, value)
    return value


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
