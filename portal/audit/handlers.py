"""What follows every event: its entry in the audit log, in the same transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from portal.audit.repository.writing import write_entry
from portal.audit.rules.personal import (
    MEANS,
    USER,
    is_code,
    owner_of_actor,
    owner_of_facts,
    owner_of_label,
    speaks_of_a_person,
)
from portal.audit.rules.sealed import Slot, pack, place
from portal.audit.services.person_keys import keys_for
from portal.infra.actor import TokenUsed
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

LABEL_LENGTH: Final = 120
REASON_LENGTH: Final = 300
USER_AGENT_LENGTH: Final = 200

_Secret = tuple[UUID, bytes]
"""Whose it is, and what."""


def record(uow: UnitOfWork, event: Event) -> None:
    """One row for the event, one more for each row it touched."""
    touched = _once_each(event.touched)
    entry, secrets = _entry(uow, event, touched)
    subjects = [
        _subject(placed, entry, secrets) for placed in enumerate((*touched, *_by_token(uow, touched)))
    ]
    keys = keys_for(uow, {owner for owner, _ in secrets.values()}) if secrets else {}
    for slot, (owner, value) in secrets.items():
        key = keys[owner]
        # of somebody who has been erased nothing is kept, not even sealed
        sealed = key.seal(value, place(entry["id"], slot)) if key else b""
        if isinstance(slot, int):
            subjects[slot]["sealed_label"] = sealed
        else:
            entry[f"sealed_{slot}"] = sealed
    uow.write_first(lambda connection: write_entry(connection, entry, subjects))


def _entry(
    uow: UnitOfWork, event: Event, touched: Sequence[Ref]
) -> tuple[dict[str, Any], dict[Slot, _Secret]]:
    """The row, and what of it is to be sealed."""
    actor, at = uow.actor, uow.now
    first = touched[0] if touched else None
    user_id = next((ref.id for ref in touched if ref.type == USER), None)
    is_personal = speaks_of_a_person(ref.type for ref in touched)
    clear_reason = event.reason if event.reason is None or is_code(event.reason) else None
    said = event.reason[:REASON_LENGTH] if event.reason and clear_reason is None else None
    by_whom = {
        "label": actor.label[:LABEL_LENGTH] if actor.kind == USER else None,
        "ip": actor.ip,
        "user_agent": actor.user_agent[:USER_AGENT_LENGTH] if actor.user_agent else None,
        "reason": None if is_personal else said,
        "token": _told(actor.token) if actor.token else None,
    }
    facts = {
        "before": event.before,
        "after": event.after,
        "details": event.details or None,
        "reason": said,
    }
    secrets: dict[Slot, _Secret] = {}
    if packed := pack(by_whom):
        secrets["actor"] = (owner_of_actor(actor.kind, actor.id, user_id, at=at), packed)
    if is_personal and (packed := pack(facts)):
        secrets["facts"] = (owner_of_facts(user_id, at=at), packed)
    return {
        "id": new_id(),
        "created_at": at,
        "action": event.label,
        "outcome": event.outcome,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": "" if actor.kind == USER else actor.label[:LABEL_LENGTH],
        "user_id": user_id,
        "resource_type": first.type if first else None,
        "resource_id": first.id if first else None,
        "resource_label": "",
        "before_state": None if is_personal or event.before is None else dict(event.before),
        "after_state": None if is_personal or event.after is None else dict(event.after),
        "details": {} if is_personal else dict(event.details),
        "reason": clear_reason,
        "sealed_actor": None,
        "sealed_facts": None,
        "ip_index": uow.ports.personal_keys.index(actor.ip) if actor.ip else None,
        "session_id": actor.session_id,
        "client_id": actor.client_id,
        "request_id": actor.request_id,
    }, secrets


def _told(token: TokenUsed) -> dict[str, str]:
    """What is kept of it beside its id; what people call their tokens is sealed with the rest of them."""
    facts = {"kind": token.kind, "id": str(token.id), "name": token.name[:LABEL_LENGTH], "jti": token.jti}
    return {name: value for name, value in facts.items() if value}


def _by_token(uow: UnitOfWork, touched: Sequence[Ref]) -> tuple[Ref, ...]:
    """By a token's id one finds what was done with it beside what was done to it. An entry about itself is found."""
    token = uow.actor.token
    is_there = token is None or any(ref.id == token.id for ref in touched)
    return () if token is None or is_there else (Ref(MEANS, token.id, ""),)


def _subject(placed: tuple[int, Ref], entry: dict[str, Any], secrets: dict[Slot, _Secret]) -> dict[str, Any]:
    position, ref = placed
    label = ref.label[:LABEL_LENGTH]
    owner = owner_of_label(ref.type, ref.id, entry["user_id"], at=entry["created_at"])
    if owner is not None:
        secrets[position] = (owner, label.encode())
    elif position == 0:
        entry["resource_label"] = label
    return {
        "entry_id": entry["id"],
        "position": position,
        "resource_type": ref.type,
        "resource_id": ref.id,
        "resource_label": "" if owner else label,
        "created_at": entry["created_at"],
        "sealed_label": None,
    }


def _once_each(touched: Iterable[Ref]) -> list[Ref]:
    """An entry stands once in the history of a row, however often the event names the row."""
    return list({ref.id: ref for ref in reversed(tuple(touched))}.values())[::-1]
