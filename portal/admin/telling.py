"""Audit entries as pages show them: a sentence, where from, what changed, and where to look next."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from flask import current_app, url_for

from portal.admin.console import may
from portal.audit.repository import Entry, EntrySubject, EntryToken
from portal.audit.rules import Piece, Readable, readable, sentence, words_of
from portal.audit.services.files import facts_of
from portal.infra.user_agents import device_name

_PAGES: Final = {
    "user": ("admin_users.detail", "user_id", "user"),
    "client": ("admin_clients.detail", "client_pk", "client"),
    "role": ("admin_roles.detail", "role_id", "role"),
    "group": ("admin_groups.detail", "group_id", "group"),
    "resource": ("admin_resources.detail", "resource_id", "resource"),
}
_LINK_ICONS: Final = {
    "user": "user-round",
    "client": "layout-grid",
    "role": "badge-check",
    "group": "users-round",
    "resource": "box",
}
_KINDS: Final = {
    "anonymous": "A visitor",
    "user": "A person",
    "client": "An app",
    "cli": "The command line",
    "system": "The portal itself",
}
_TOKENS: Final = {
    "personal_token": ("Personal access token", "“{}”"),
    "access_token": ("Access token", "of {}"),
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
    facts: tuple["Fact", ...]
    links: tuple[tuple[str, str, str], ...]
    """Text, address and icon of where to go from here."""


class Fact(NamedTuple):
    """Something that the entry says of itself, and the list of all entries that say the same."""

    label: str
    value: str
    address: str = ""


def tell(entry: Entry) -> Told:
    """One entry; its subjects must have been read with it."""
    words = words_of(entry.action)
    named = {subject.resource_type: subject.resource_label for subject in reversed(entry.subjects)}
    named["subject"] = entry.resource_label
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


def tell_by_day(entries: Sequence[Entry]) -> list[tuple[datetime, list[Told]]]:
    """Entries under the day (UTC) they belong to; the first moment of each stands for its day."""
    days = groupby((tell(entry) for entry in entries), key=lambda told: told.at.date())
    grouped = [list(told) for _, told in days]
    return [(told[0].at, told) for told in grouped]


def as_json(entry: Entry) -> str:
    """The whole entry, for other tools."""
    return json.dumps(facts_of(entry), indent=2, ensure_ascii=False)


def token_in_words(token: EntryToken | None) -> str:
    """By what somebody acted who came with a token; of an erased person's only its id is left."""
    if token is None:
        return ""
    kind, name = _TOKENS.get(token.kind, ("Token", ""))
    return f"{kind} {name.format(token.name)}" if token.name and name else f"{kind} {token.id}"


def _facts(entry: Entry) -> tuple[Fact, ...]:
    """What stands beside the change. Each value that can be asked for is a link to all entries that share it."""
    flat = {name: value for name, value in (entry.details or {}).items() if not isinstance(value, dict)}
    details = readable(flat) or {}
    facts = (
        Fact("Reason", entry.reason or "", _same(reason=entry.reason) if entry.reason else ""),
        Fact("Outcome", "Failed" if entry.failed else "", _same(outcome="failure")),
        *(
            Fact(name, ", ".join(value) if isinstance(value, list) else _word(value))
            for name, value in details.items()
            if value not in (None, "", [])
        ),
        Fact("Actor", entry.actor_label or _KINDS.get(entry.actor_kind, ""), _same_actor(entry)),
        *(
            Fact("About", subject.resource_label or _type(subject), _same(subject=subject.resource_id))
            for subject in entry.subjects
        ),
        Fact("From", entry.ip or "", _same(ip=entry.ip)),
        Fact("Token", token_in_words(entry.token), _same(subject=entry.token.id if entry.token else None)),
        Fact("Browser", device_name(entry.user_agent) if entry.user_agent else ""),
        Fact("Request", entry.request_id or "", _same(request=entry.request_id)),
        Fact("Action", entry.action, _same(event=entry.action)),
    )
    return tuple(fact for fact in facts if fact.value)


def _same_actor(entry: Entry) -> str:
    return _same(actor=entry.actor_id) if entry.actor_id else _same(by=entry.actor_kind)


def _same(**filters: UUID | str | None) -> str:
    """The log, filtered by one thing."""
    args: dict[str, Any] = {name: value for name, value in filters.items() if value}
    return url_for("admin_audit.listing", **args)


def _links(entry: Entry) -> tuple[tuple[str, str, str], ...]:
    links = []
    for subject in entry.subjects:
        kind, name = subject.resource_type, subject.resource_label or "it"
        endpoint, argument, resource = _PAGES.get(kind, ("", "", ""))
        if not may("read", resource) or endpoint not in current_app.view_functions:
            continue
        address = url_for(endpoint, **dict[str, Any]({argument: subject.resource_id}))
        links.append((f"Open {name}", address, _LINK_ICONS[kind]))
        then = url_for("admin_history.timeline", kind=kind, row_id=subject.resource_id, at=in_address(entry))
        links.append((f"{name} as of then", then, "history"))
    if entry.action == "access.refused" and entry.request_id:
        links.append(("Why", url_for("admin_explain.refused", reference=entry.request_id), "route"))
    if entry.session_id is not None:
        links.append(("Same session", _same(session=entry.session_id), "list-filter"))
    if entry.token is not None:
        links.append(("Same token", _same(subject=entry.token.id), "key-round"))
    if entry.client_id is not None:
        links.append(("Same app", _same(client=entry.client_id), "layout-grid"))
    links.append(("This entry", url_for("admin_audit.detail", entry_id=entry.id), "link"))
    return tuple(links)


def in_address(entry: Entry) -> str:
    """The moment just after the entry, as an address has it."""
    return entry.created_at.isoformat().replace("+00:00", "Z")


def _type(subject: EntrySubject) -> str:
    return subject.resource_type.replace("_", " ")


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
