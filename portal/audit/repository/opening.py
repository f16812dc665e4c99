"""Entries as they are read: rows and what is sealed in them put together again, the keys fetched once for a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, AuditSubject
from portal.audit.repository.person_keys import StoredKeys
from portal.audit.rules.personal import ERASED, MEANS, owner_of_actor, owner_of_facts, owner_of_label
from portal.audit.rules.sealed import Slot, place, unpack
from portal.infra.crypto.personal import PersonalKey, PersonalKeys
from portal.infra.crypto.sealing import SealBroken
from portal.infra.db import PERSONAL_KEYS

UNREADABLE: Final = "unreadable"
"""In the place of a label that does not open: it was changed, or sealed under a master key that is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySubject:
    """A row that the entry touched, under the name it had then."""

    position: int
    resource_type: str
    resource_id: UUID
    resource_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryToken:
    """The token by which somebody acted. Of somebody who has been erased only the id is known."""

    id: UUID
    kind: str = ""
    name: str = ""
    jti: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, in clear. Of somebody who has been erased it knows the id, and no more."""

    id: UUID
    created_at: datetime
    action: str
    outcome: str
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    user_id: UUID | None
    resource_type: str | None
    resource_id: UUID | None
    resource_label: str
    before_state: Mapping[str, Any] | None
    after_state: Mapping[str, Any] | None
    details: Mapping[str, Any]
    reason: str | None
    ip: str | None
    user_agent: str | None
    session_id: UUID | None
    client_id: UUID | None
    request_id: str | None
    subjects: tuple[EntrySubject, ...]
    token: EntryToken | None = None
    is_erased: bool = False
    """Whether something that stood here was of a person who has been erased since."""

    @property
    def failed(self) -> bool:
        return self.outcome == "failure"


def personal_keys(session: Session) -> PersonalKeys:
    """What opens keys, as the portal gave it to each of its sessions."""
    keys: PersonalKeys = session.info[PERSONAL_KEYS]
    return keys


def opened(session: Session, rows: Sequence[AuditLog]) -> list[Entry]:
    """The rows in clear, for one more statement; their subjects must have been read with them."""
    owners = {owner for row in rows for owner, _, _ in _sealed_in(row)}
    stored = StoredKeys(session).of(owners) if owners else {}
    shelf = personal_keys(session)
    keys = {owner: _unwrapped(shelf, owner, sealed) for owner, sealed in stored.items()}
    return [_entry(row, keys) for row in rows]


_Keys = Mapping[UUID, PersonalKey | None]


def _unwrapped(shelf: PersonalKeys, owner: UUID, sealed_key: str | None) -> PersonalKey | None:
    try:
        return shelf.unwrap(owner, sealed_key) if sealed_key else None
    except SealBroken:
        return None


def _sealed_in(row: AuditLog) -> Iterator[tuple[UUID, Slot, bytes]]:
    """Whose, where, what. An empty seal is of somebody who had been erased when it was written."""
    if row.sealed_actor is not None:
        owner = owner_of_actor(row.actor_kind, row.actor_id, row.user_id, at=row.created_at)
        yield owner, "actor", row.sealed_actor
    if row.sealed_facts is not None:
        yield owner_of_facts(row.user_id, at=row.created_at), "facts", row.sealed_facts
    for subject in row.subjects:
        if subject.sealed_label is not None:
            yield _owner_of(subject, row), subject.position, subject.sealed_label


def _owner_of(subject: AuditSubject, row: AuditLog) -> UUID:
    owner = owner_of_label(subject.resource_type, subject.resource_id, row.user_id, at=row.created_at)
    return owner or owner_of_facts(row.user_id, at=row.created_at)


def _entry(row: AuditLog, keys: _Keys) -> Entry:
    values: dict[Slot, bytes] = {}
    lost: dict[Slot, str] = {}
    for owner, slot, sealed in _sealed_in(row):
        key = keys.get(owner)
        try:
            if key is not None and sealed:
                values[slot] = key.open(sealed, place(row.id, slot))
            else:
                lost[slot] = ERASED if owner in keys else UNREADABLE
        except SealBroken:
            lost[slot] = UNREADABLE
    actor = unpack(values.get("actor", b"{}"))
    facts = unpack(values.get("facts", b"{}"))
    subjects = tuple(
        _subject(subject, values, lost) for subject in row.subjects if subject.resource_type != MEANS
    )
    is_user = row.actor_kind == "user"
    return Entry(
        id=row.id,
        created_at=row.created_at,
        action=row.action,
        outcome=row.outcome,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_label=row.actor_label or actor.get("label") or (lost.get("actor", "") if is_user else ""),
        user_id=row.user_id,
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        resource_label=row.resource_label or (subjects[0].resource_label if subjects else ""),
        before_state=facts.get("before", row.before_state),
        after_state=facts.get("after", row.after_state),
        details=facts.get("details", row.details),
        reason=facts.get("reason") or actor.get("reason") or row.reason,
        ip=actor.get("ip", row.ip),
        user_agent=actor.get("user_agent", row.user_agent),
        session_id=row.session_id,
        client_id=row.client_id,
        request_id=row.request_id,
        subjects=subjects,
        token=_token(row, actor),
        is_erased=ERASED in lost.values(),
    )


def _token(row: AuditLog, actor: Mapping[str, Any]) -> EntryToken | None:
    told = actor.get("token")
    if isinstance(told, dict):
        return EntryToken(**(told | {"id": UUID(told["id"])}))
    left = (subject.resource_id for subject in row.subjects if subject.resource_type == MEANS)
    return next((EntryToken(id=token_id) for token_id in left), None)


def _subject(row: AuditSubject, values: Mapping[Slot, bytes], lost: Mapping[Slot, str]) -> EntrySubject:
    label = row.resource_label
    if row.sealed_label is not None:
        sealed = values.get(row.position)
        label = lost.get(row.position, UNREADABLE) if sealed is None else sealed.decode()
    return EntrySubject(
        position=row.position,
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        resource_label=label,
    )
