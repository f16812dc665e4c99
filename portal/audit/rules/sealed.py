"""How personal values are packed before they are sealed, and to which place each is bound. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias
from uuid import UUID

import orjson

Slot: TypeAlias = "Literal['actor', 'facts'] | int"
"""What is sealed in an entry: who acted, what is said, or the label of the touched row at a position."""


def pack(values: Mapping[str, Any]) -> bytes:
    """Whatever there is of these values; nothing if there is nothing."""
    present = {name: value for name, value in values.items() if value is not None}
    return orjson.dumps(present, default=dict, option=orjson.OPT_NON_STR_KEYS) if present else b""


def unpack(packed: bytes) -> dict[str, Any]:
    """The values again."""
    values = orjson.loads(packed)
    return values if isinstance(values, dict) else {}


def place(entry_id: UUID, slot: Slot) -> str:
    """Where a sealed value belongs: moved to another entry or column, it does not open."""
    return f"audit_logs|{entry_id}|{slot}"
