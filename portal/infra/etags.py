"""Conditional requests (RFC 9110 section 13): versions of what is shown as entity tags, and whether a request still
holds that names the version it knows.

Ask within the unit of work that writes, with the row locked: two who know the same version must not both be right.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.infra.errors import Changed

ANY: Final = "*"
MAX_CHARACTERS: Final = 4_000
"""Of a header; a list of tags that nobody has seen is as good as none."""
_DIGEST_BYTES: Final = 18
# etagc of RFC 9110 section 8.8.3; between elements of a list there may be nothing (section 5.6.1)
_TAG: Final = re.compile(r'[ \t]*(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|\Z)')
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAFE: Final = frozenset({"GET", "HEAD"})

Version = UUID | datetime | int | str | bytes | None


@dataclass(frozen=True, slots=True)
class EntityTag:
    """One version of one representation. `text` is with its quotes."""

    text: str
    is_weak: bool = False

    def __str__(self) -> str:
        return f"W/{self.text}" if self.is_weak else self.text

    def is_strongly(self, other: "EntityTag") -> bool:
        """The same to the byte (section 8.8.3.2); nothing weak is."""
        return self.text == other.text and not self.is_weak and not other.is_weak

    def is_weakly(self, other: "EntityTag") -> bool:
        """The same as far as a reader minds."""
        return self.text == other.text


class Outcome(StrEnum):
    """What becomes of a conditional request."""

    GO_ON = "go_on"
    NOT_MODIFIED = "not_modified"
    """304: the sender has it already."""
    FAILED = "failed"
    """412: the sender knows another version, or none."""


class PreconditionFailed(Changed):
    """It is another version by now."""

    def __init__(self) -> None:
        super().__init__("This was changed since you read it. Read it again, then send your change.")


def etag_of(*parts: Version) -> EntityTag:
    """A strong tag of what makes a version: an id, when it last changed, the very bytes that are sent. Each part is
    told with its kind and length, so that no two versions look alike; nothing can be read out of it.
    """
    digest = hashlib.sha256(b"portal etag 1")
    for part in parts:
        kind, content = _content(part)
        digest.update(f"\n{kind} {len(content)} ".encode() + content)
    return EntityTag(f'"{base64.urlsafe_b64encode(digest.digest()[:_DIGEST_BYTES]).decode()}"')


def read_tags(header: str) -> tuple[EntityTag, ...] | None:
    """The tags of a list; None where it is none (an unquoted tag, a stray sign, more than anybody needs)."""
    if len(header) > MAX_CHARACTERS:
        return None
    tags: list[EntityTag] = []
    at = 0
    while at < len(header):
        found = _TAG.match(header, at)
        if found is None:
            return None
        if found[2]:
            tags.append(EntityTag(found[2], is_weak=bool(found[1])))
        at = found.end()
    return tuple(tags)


def if_match(header: str, current: EntityTag | None) -> bool:
    """Whether the thing is what the sender believes (section 13.1.1); `current` is None where there is no such thing.
    A header that can't be read names no version that there is.
    """
    if header.strip(" \t") == ANY:
        return current is not None
    return current is not None and any(tag.is_strongly(current) for tag in read_tags(header) or ())


def if_none_match(header: str, current: EntityTag | None) -> bool:
    """Whether the thing is none of those that the sender knows (section 13.1.2)."""
    if header.strip(" \t") == ANY:
        return current is None
    return current is None or not any(tag.is_weakly(current) for tag in read_tags(header) or ())


def judge(
    method: str, current: EntityTag | None, *, match: str | None = None, none_match: str | None = None
) -> Outcome:
    """Both headers in the order of section 13.2.2. Dates are not minded: nothing here has a `Last-Modified`."""
    if match is not None and not if_match(match, current):
        return Outcome.FAILED
    if none_match is not None and not if_none_match(none_match, current):
        return Outcome.NOT_MODIFIED if method.upper() in _SAFE else Outcome.FAILED
    return Outcome.GO_ON


def check_precondition(
    current: EntityTag | None, *, match: str | None, none_match: str | None = None
) -> None:
    """For whoever is about to write.

    Raises:
        PreconditionFailed
    """
    if judge("PUT", current, match=match, none_match=none_match) is not Outcome.GO_ON:
        raise PreconditionFailed


def _content(part: Version) -> tuple[str, bytes]:
    match part:
        case None:
            return "none", b""
        case bytes():
            return "bytes", part
        case UUID():
            return "uuid", part.bytes
        case datetime():
            return "at", str((part - _EPOCH) // timedelta(microseconds=1)).encode()
        case int():
            return "int", str(part).encode()
        case _:
            return "text", part.encode()
