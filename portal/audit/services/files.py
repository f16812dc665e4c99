"""Entries as plain values, and as files: read in batches, so that never all are in memory, however long the log is."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.repository import AuditEntries, AuditFilter, Entry, with_reason
from portal.infra.spreadsheets import csv_line

BATCH: Final = 500
_COLUMNS: Final = (
    "created_at", "id", "action", "outcome", "actor_kind", "actor_id", "actor", "touched", "before", "after",
    "details", "reason", "ip", "user_agent", "session_id", "client_id", "request_id",
    "token_kind", "token_id", "token",
)  # fmt: skip

FileFormat = Literal["csv", "jsonl"]


def facts_of(entry: Entry) -> dict[str, Any]:
    """The whole entry, as plain values."""
    return {
        "id": str(entry.id),
        "created_at": entry.created_at.isoformat(),
        "action": entry.action,
        "outcome": entry.outcome,
        "actor": {"kind": entry.actor_kind, "id": _text(entry.actor_id), "label": entry.actor_label},
        "touched": [
            {"type": row.resource_type, "id": str(row.resource_id), "label": row.resource_label}
            for row in entry.subjects
        ],
        "before": entry.before_state,
        "after": entry.after_state,
        "details": entry.details,
        "reason": entry.reason,
        "ip": entry.ip,
        "user_agent": entry.user_agent,
        "session_id": _text(entry.session_id),
        "client_id": _text(entry.client_id),
        "request_id": entry.request_id,
        "token": _token(entry),
    }


def log_file(
    open_session: Callable[[], Session], wanted: AuditFilter, file_format: FileFormat
) -> Iterator[str]:
    """The newest entry first; between two batches no connection is held, however slowly it is read."""
    yield header_of(file_format)
    place, rest = None, replace(wanted, reason="")
    while True:
        with open_session() as session:
            found = AuditEntries(session).page(rest, before=place, size=BATCH)
        yield lines_of(with_reason(found.items, wanted.reason), file_format)
        place = found.older
        if place is None:
            return


def header_of(file_format: FileFormat) -> str:
    """What a file begins with."""
    return csv_line(_COLUMNS) if file_format == "csv" else ""


def lines_of(entries: Iterable[Entry], file_format: FileFormat) -> str:
    """A line for each."""
    return "".join(_csv(entry) if file_format == "csv" else _json(entry) for entry in entries)


def _json(entry: Entry) -> str:
    return json.dumps(facts_of(entry), ensure_ascii=False) + "\n"


def _csv(entry: Entry) -> str:
    facts = facts_of(entry)
    actor = facts.pop("actor")
    token = facts.pop("token") or dict.fromkeys(("kind", "id", "name"))
    flat = facts | {
        "actor_kind": actor["kind"],
        "actor_id": actor["id"],
        "actor": actor["label"],
        "token_kind": token["kind"],
        "token_id": token["id"],
        "token": token["name"],
    }
    return csv_line(
        json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for value in (flat[column] for column in _COLUMNS)
    )


def _token(entry: Entry) -> dict[str, str | None] | None:
    token = entry.token
    if token is None:
        return None
    return {"kind": token.kind or None, "id": str(token.id), "name": token.name or None, "jti": token.jti}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
