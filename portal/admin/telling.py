"""Audit entries as pages show them: a sentence, where from, what changed, and where to look next."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from flask import url_for

from portal.admin.console import may
from portal.audit.repository import AuditLog
from portal.audit.rules import Piece, Readable, readable, sentence, words_of
from portal.infra.user_agents import device_name

_PAGES: Final = {
    "user": ("admin_users.detail", "user_id", "user"),
    "client": ("admin_clients.detail", "client_pk", "client"),
}
_LINK_ICONS: Final = {
    "user": "user-round",
    "client": "layout-grid",
    "session": "list-filter",
    "entry": "link",
}
_PLACES: Final = {"cli": "Command line", "system": "The portal itself"}


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry, ready to be drawn."""

    id: UUID
    at: datetime
    action: str
    sentence: tuple[Piece, ...]
    icon: str
    tone: str
    place: str
    before: dict[str, Readable] | None
    after: dict[str, Readable] | None
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str, str], ...]
    """Text, address and icon of where to go from here."""


def tell(entry: AuditLog) -> Told:
    """One entry; its subjects must have been read with it."""
    words = words_of(entry.action)
    named = {subject.resource_type: subject.resource_label for subject in reversed(entry.subjects)}
    is_own = entry.actor_id is not None and entry.actor_id == entry.user_id
    return Told(
        id=entry.id,
        at=entry.created_at,
        action=entry.action,
        sentence=sentence(entry.action, actor=entry.actor_label, named=named, is_own=is_own),
        icon=words.icon,
        tone=words.tone or ("danger" if entry.failed else ""),
        place=entry.ip or _PLACES.get(entry.actor_kind, ""),
        before=readable(entry.before_state),
        after=readable(entry.after_state),
        facts=_facts(entry),
        links=_links(entry),
    )


def tell_by_day(entries: Sequence[AuditLog]) -> list[tuple[datetime, list[Told]]]:
    """Entries under the day (UTC) they belong to; the first moment of each stands for its day."""
    days = groupby((tell(entry) for entry in entries), key=lambda told: told.at.date())
    grouped = [list(told) for _, told in days]
    return [(told[0].at, told) for told in grouped]


def as_json(entry: AuditLog) -> str:
    """The whole entry, for other tools."""
    return json.dumps(
        {
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
            "request_id": entry.request_id,
        },
        indent=2,
        ensure_ascii=False,
    )


def _facts(entry: AuditLog) -> tuple[tuple[str, str], ...]:
    details = readable(entry.details) or {}
    facts = (
        ("Reason", entry.reason),
        ("Outcome", "Failed" if entry.failed else None),
        *((name, ", ".join(value) if isinstance(value, list) else value) for name, value in details.items()),
        ("Actor", entry.actor_label),
        ("From", entry.ip),
        ("Browser", device_name(entry.user_agent) if entry.user_agent else None),
        ("Request", entry.request_id),
    )
    return tuple((name, _word(value)) for name, value in facts if value not in {None, ""})


def _links(entry: AuditLog) -> tuple[tuple[str, str, str], ...]:
    links = []
    for subject in entry.subjects:
        endpoint, argument, resource = _PAGES.get(subject.resource_type, ("", "", ""))
        if endpoint and may("read", resource):
            address = url_for(endpoint, **dict[str, Any]({argument: subject.resource_id}))
            icon = _LINK_ICONS[subject.resource_type]
            links.append((f"Open {subject.resource_label or 'it'}", address, icon))
    if entry.session_id is not None:
        same = url_for("admin_audit.listing", session=entry.session_id)
        links.append(("Same session", same, _LINK_ICONS["session"]))
    links.append(("This entry", url_for("admin_audit.detail", entry_id=entry.id), _LINK_ICONS["entry"]))
    return tuple(links)


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
