"""What follows every event: its entry in the audit log, in the same transaction."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import insert

from portal.audit.models import AuditLog, AuditSubject
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

LABEL_LENGTH: Final = 120
USER: Final = "user"

# Plain inserts into the tables: every change writes these, and the session's bookkeeping would cost more than they do.
_ENTRY = insert(AuditLog.__table__)  # type: ignore[arg-type]
_SUBJECTS = insert(AuditSubject.__table__)  # type: ignore[arg-type]


def record(uow: UnitOfWork, event: Event) -> None:
    """One row for the event, one more for each row it touched; two statements."""
    entry = _entry(uow, event)
    uow.session.execute(_ENTRY, entry)
    if event.touched:
        uow.session.execute(
            _SUBJECTS,
            [
                {
                    "entry_id": entry["id"],
                    "position": position,
                    "resource_type": ref.type,
                    "resource_id": ref.id,
                    "resource_label": ref.label[:LABEL_LENGTH],
                    "created_at": uow.now,
                }
                for position, ref in enumerate(_once_each(event.touched))
            ],
        )


def _entry(uow: UnitOfWork, event: Event) -> dict[str, Any]:
    actor = uow.actor
    first = event.touched[0] if event.touched else None
    return {
        "id": new_id(),
        "created_at": uow.now,
        "action": event.label,
        "outcome": event.outcome,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label[:LABEL_LENGTH],
        "user_id": next((ref.id for ref in event.touched if ref.type == USER), None),
        "resource_type": first.type if first else None,
        "resource_id": first.id if first else None,
        "resource_label": first.label[:LABEL_LENGTH] if first else "",
        "before_state": dict(event.before) if event.before is not None else None,
        "after_state": dict(event.after) if event.after is not None else None,
        "details": dict(event.details),
        "reason": event.reason,
        "ip": actor.ip,
        "user_agent": actor.user_agent[:200] if actor.user_agent else None,
        "session_id": actor.session_id,
        "client_id": actor.client_id,
        "request_id": actor.request_id,
    }


def _once_each(touched: Iterable[Ref]) -> list[Ref]:
    """An entry stands once in the history of a row, however often the event names the row."""
    return list({ref.id: ref for ref in reversed(tuple(touched))}.values())[::-1]
