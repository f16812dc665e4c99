"""Refusals that were remembered, read back by their reference."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.errors import RefusalNotFound
from portal.access.events import AccessRefused
from portal.access.rules.decisions import Decision
from portal.audit.repository import AuditEntries, AuditFilter

__all__ = ["Refusal", "refusal"]

REFERENCE_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A no, as it was explained at the time."""

    reference: str
    entry_id: UUID
    at: datetime
    decision: Decision


def refusal(session: Session, reference: str, *, of: UUID | None = None) -> Refusal:
    """The one under that reference; `of` admits only that person's own.

    Raises:
        RefusalNotFound: also where the person has been erased, and with them what was told of them.
    """
    wanted = AuditFilter(request_id=reference, actions=(AccessRefused.label,))
    is_one = 0 < len(reference) <= REFERENCE_LENGTH and reference.isprintable()
    found = AuditEntries(session).page(wanted, size=1).items if is_one else ()
    for entry in found:
        if of is not None and entry.user_id != of:
            continue
        try:
            decision = Decision.from_json(entry.details.get("decision"))
        except ValueError:
            continue
        return Refusal(reference=reference, entry_id=entry.id, at=entry.created_at, decision=decision)
    raise RefusalNotFound
