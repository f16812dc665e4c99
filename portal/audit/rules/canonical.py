"""The canonical form of an entry and the chain over such forms. Pure; the same bytes whatever database they come from.

A form is a JSON array: the version, every stored column of the entry in the order of `ENTRY_COLUMNS`, then the rows it
touched in their order, each with the columns of `SUBJECT_COLUMNS`. Ids are 32 hexadecimal digits, instants microseconds
since 1970 (UTC), bytes hexadecimal, documents JSON with sorted keys and without blanks. What is sealed stays as it is:
the chain knows nothing of keys, so it holds after one has been destroyed.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import orjson

FORM: Final = 1
"""Version of the form. Another column means another version, and the old one stays for what it has sealed."""

ENTRY_COLUMNS: Final = (
    "id", "created_at", "action", "outcome", "actor_kind", "actor_id", "actor_label", "user_id", "resource_type",
    "resource_id", "resource_label", "before_state", "after_state", "details", "reason", "ip", "user_agent",
    "session_id", "client_id", "request_id", "sealed_actor", "sealed_facts", "ip_index",
)  # fmt: skip
SUBJECT_COLUMNS: Final = (
    "entry_id", "position", "resource_type", "resource_id", "resource_label", "created_at", "sealed_label",
)  # fmt: skip

Cell: TypeAlias = "str | int | bytes | None"
Raw: TypeAlias = Sequence[Cell]
"""A row as the repository reads it: ids as digits or bytes, instants as numbers, documents as text, sealed values as
bytes.
"""

ORIGIN: Final = hashlib.sha256(b"portal audit chain 1").digest()
"""What the first link is chained to."""

_DOCUMENTS: Final = tuple(ENTRY_COLUMNS.index(name) for name in ("before_state", "after_state", "details"))
_FRACTION: Final = re.compile(rb"[0-9][.eE]")
_EXACT: Final = 2**53


def canonical(entry: Raw, subjects: Sequence[Raw]) -> bytes:
    """The form of an entry with all rows it touched. Whoever verifies the chain makes it for each entry, so what has no
    value costs no call, and bytes become digits where they are written.
    """
    row: list[Any] = [FORM, *entry]
    for index in _DOCUMENTS:
        if entry[index] is not None:
            row[index + 1] = _document(entry[index])
    row.append(subjects)
    return orjson.dumps(row, bytes.hex, orjson.OPT_SORT_KEYS)


def link(previous: bytes, form: bytes) -> bytes:
    """The hash of a link: SHA-256 over the hash before it and the form."""
    return hashlib.sha256(previous + form).digest()


def _document(text: Cell) -> Any:  # noqa: ANN401 - any JSON
    """The document; numbers as both databases tell them: one of them writes 1.0 for what the other keeps as 1."""
    if not isinstance(text, str):
        return None
    if text == "{}":
        return {}
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:  # nothing that the portal writes: those are objects
        return ["no document", text]
    return _whole(document) if _FRACTION.search(text.encode()) else document


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value
