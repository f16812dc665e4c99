"""Removing what is too old: from the beginning of the chain, and never without saying so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from portal.audit.events import HistoryPruned
from portal.audit.models import AuditLog, AuditSubject, Checkpoint, PersonKey, Seal, Tombstone
from portal.audit.repository.chain import Chain
from portal.audit.rules.personal import strangers_of
from portal.audit.rules.verdicts import Problem
from portal.audit.rules.walking import Walk
from portal.audit.services.chain_record import HISTORY
from portal.audit.services.checkpoints import signing_key
from portal.audit.services.sealing import LOCK
from portal.infra.unit_of_work import UnitOfWork

BATCH: Final = 500
_CREATED_AT: Final = AuditLog.created_at


@dataclass(frozen=True)
class Pruned:
    """What one batch removed; a problem stops it, since evidence is not swept away."""

    count: int = 0
    problem: Problem | None = None


def may_remove(session: Session) -> bool:
    """Whether this role may delete entries at all; on PostgreSQL that of the application need not."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(text("SELECT has_table_privilege('audit_logs', 'DELETE')")))


def prune(uow: UnitOfWork, *, before: datetime, most: int = BATCH) -> Pruned:
    """Remove up to `most` of the oldest links whose entries were written before that moment.

    They are verified first, and a signed tombstone takes their place: from its hash the chain goes on.
    """
    if not uow.try_lock(LOCK):
        return Pruned()
    chain = Chain(uow.session)
    root = chain.root()
    last = _last_older(uow.session, root.position, before=before, most=most)
    if last is None:
        return Pruned()
    walk = Walk(root.position, root.hash)
    problem = walk.follow(chain.links(after=root.position, upto=last))
    if problem is not None:
        return Pruned(problem=problem)
    _remove(uow.session, upto=last)
    stone = signing_key(uow.ports.sealer).sign("tombstone", position=last, digest=walk.hash, at=uow.now)
    row = {"position": last, "first_position": root.position + 1, "hash": stone.hash, "at": stone.at}
    row |= {"key_id": stone.key_id, "signature": stone.signature}
    uow.session.execute(insert(Tombstone.__table__), row)  # type: ignore[arg-type]
    facts = {"first": root.position + 1, "last": last, "count": walk.entries, "before": before.isoformat()}
    uow.publish(HistoryPruned(touched=(HISTORY,), details=facts))
    return Pruned(walk.entries)


def drop_keys_of_strangers(uow: UnitOfWork, *, before: datetime) -> None:
    """What was sealed in the name of strangers so long ago opens no more, wherever a copy of it may lie."""
    month_before = before.replace(day=1) - timedelta(days=1)
    old = delete(PersonKey).where(PersonKey.person_id <= strangers_of(month_before))
    uow.session.execute(old.execution_options(synchronize_session=False))


def _last_older(session: Session, position: int, *, before: datetime, most: int) -> int | None:
    """The end of the unbroken run of links behind `position` whose entries are all old enough."""
    query = (
        select(Seal.position, _CREATED_AT)
        .join(AuditLog, AuditLog.id == Seal.entry_id)
        .where(Seal.position > position)
        .order_by(Seal.position)
        .limit(most)
    )
    last = None
    for found, created_at in session.execute(query):
        if created_at >= before:
            break
        last = found
    return last


def _remove(session: Session, *, upto: int) -> None:
    ids = select(Seal.entry_id).where(Seal.position <= upto)
    for statement in (
        delete(AuditSubject).where(AuditSubject.entry_id.in_(ids)),
        delete(AuditLog).where(AuditLog.id.in_(ids)),
        delete(Seal).where(Seal.position <= upto),
        delete(Checkpoint).where(Checkpoint.position <= upto),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
