"""Which entries are wanted, and how each wish is put to SQL so that an index answers it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select

from portal.audit.models import AuditLog, AuditSubject
from portal.infra.actor import ActorKind
from portal.infra.events import Outcome

Row = TypeVarTuple("Row")

_MANY: Final = ("user", "anonymous")
"""Kinds of actor that most entries have; all others have an index of their own."""


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which entries to read; what is None does not matter."""

    actor_id: UUID | None = None
    actor_kind: ActorKind | None = None
    subject_id: UUID | None = None
    """Any row that the entry touched, not only the first; or the token by which somebody acted."""
    actions: tuple[str, ...] = ()
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    """The app that acted, or through which somebody did."""
    request_id: str = ""
    ip: str = ""
    ip_indexes: tuple[bytes, ...] = ()
    """What stands for the address, or the text if it is one, in entries that seal it; `AuditEntries` fills it in."""
    reason: str = ""
    """Part of a reason that the portal itself gave (`no_match`); what a person has typed is sealed."""
    text: str = ""
    """Part of the name of an app, role or other thing, or a whole address, action or request id. Names of people are
    sealed: give in `people` who bears them.
    """
    people: tuple[UUID, ...] = ()
    """Whom the text means, as whoever asks has looked up: what they did and what happened to them matches too."""


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
    if wanted.client_id is not None:
        query = query.where(AuditLog.client_id == wanted.client_id)
    return _in_words(wanted, query)


def _in_words(wanted: AuditFilter, query: Select[*Row]) -> Select[*Row]:
    if wanted.actor_kind is not None:
        query = query.where(AuditLog.actor_kind == wanted.actor_kind)
        if wanted.actor_kind not in _MANY:
            # the condition of the partial index, spelt out for the same reason
            query = query.where(AuditLog.actor_kind.not_in([literal_column(f"'{kind}'") for kind in _MANY]))
    if wanted.request_id:
        query = query.where(AuditLog.request_id == wanted.request_id)
    if wanted.ip:
        query = query.where(or_(AuditLog.ip == wanted.ip, AuditLog.ip_index.in_(wanted.ip_indexes)))
    if wanted.reason:
        reason = func.lower(AuditLog.reason).contains(wanted.reason.lower(), autoescape=True)
        query = query.where(AuditLog.reason.is_not(None), reason)
    text = wanted.text.strip()
    return query.where(_speaks_of(text, wanted.people, wanted.ip_indexes)) if text else query


def _speaks_of(text: str, people: tuple[UUID, ...], ip_indexes: tuple[bytes, ...]) -> ColumnElement[bool]:
    folded = text.lower()
    touched = select(AuditSubject.entry_id).where(AuditSubject.resource_id.in_(people))
    return or_(
        *((AuditLog.actor_id.in_(people), AuditLog.id.in_(touched)) if people else ()),
        func.lower(AuditLog.actor_label).contains(folded, autoescape=True),
        func.lower(AuditLog.resource_label).contains(folded, autoescape=True),
        func.lower(AuditLog.reason).contains(folded, autoescape=True),
        AuditLog.ip == text,
        AuditLog.ip_index.in_(ip_indexes),
        AuditLog.request_id == text,
        AuditLog.action == text,
    )
