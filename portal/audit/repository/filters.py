"""Which entries are wanted, and how each wish is put to SQL so that an index answers it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, or_

from portal.audit.models import AuditLog, AuditSubject
from portal.infra.events import Outcome

Row = TypeVarTuple("Row")


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which entries to read; what is None does not matter."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    """Any row that the entry touched, not only the first."""
    actions: tuple[str, ...] = ()
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    session_id: UUID | None = None
    text: str = ""
    """Part of a name, or a whole address, action or request id."""


def order(wanted: AuditFilter) -> tuple[ColumnElement[datetime], ColumnElement[UUID]]:
    """The columns of the index that leads: the subjects' own, where a subject is asked for."""
    if wanted.subject_id is not None:
        return AuditSubject.created_at.expression, AuditSubject.entry_id.expression
    return AuditLog.created_at.expression, AuditLog.id.expression


def matching(wanted: AuditFilter, query: Select[*Row]) -> Select[*Row]:
    at, _ = order(wanted)
    if wanted.subject_id is not None:
        query = query.join(AuditSubject, AuditSubject.entry_id == AuditLog.id)
        query = query.where(AuditSubject.resource_id == wanted.subject_id)
    if wanted.since is not None:
        query = query.where(at >= wanted.since)
    if wanted.until is not None:
        query = query.where(at < wanted.until)
    if wanted.actor_id is not None:
        query = query.where(AuditLog.actor_id == wanted.actor_id)
    if wanted.session_id is not None:
        query = query.where(AuditLog.session_id == wanted.session_id)
    if wanted.actions:
        query = query.where(AuditLog.action.in_(wanted.actions))
    if wanted.outcome == "failure":
        # spelt out, because SQLite takes a partial index only where its condition stands in the statement
        query = query.where(AuditLog.outcome == literal_column("'failure'"))
    elif wanted.outcome is not None:
        query = query.where(AuditLog.outcome == wanted.outcome)
    text = wanted.text.strip()
    return query.where(_speaks_of(text)) if text else query


def _speaks_of(text: str) -> ColumnElement[bool]:
    folded = text.lower()
    return or_(
        func.lower(AuditLog.actor_label).contains(folded, autoescape=True),
        func.lower(AuditLog.resource_label).contains(folded, autoescape=True),
        func.lower(AuditLog.reason).contains(folded, autoescape=True),
        AuditLog.ip == text,
        AuditLog.request_id == text,
        AuditLog.action == text,
    )
