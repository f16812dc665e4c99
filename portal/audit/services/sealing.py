"""Links for the chain: forms are made first, outside of any lock, and then chained in one short transaction.

What waits is a queue, not a watermark: a trigger writes a row with each entry, in the same transaction, so the row is
seen exactly when the entry is, in whatever order transactions commit and however long they take. The rows leave the
queue in the transaction that inserts the links. Whenever a sealer is killed, either both have happened or neither, and
the next one goes on from the last link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from portal.audit.models import Seal, Unsealed
from portal.audit.repository.chain import Chain
from portal.audit.rules.canonical import FORM, canonical, link
from portal.infra.unit_of_work import UnitOfWork

LOCK = "audit.sealing"
BATCH = 500
"""Entries in one transaction: SQLite's other writers wait for it, a few milliseconds."""


@dataclass(frozen=True)
class Prepared:
    """Entries that wait, in order, with their canonical forms; none for an entry that is gone."""

    forms: Mapping[str, bytes | None]


@dataclass(frozen=True)
class Sealed:
    """What one batch did. `lost` were removed before they had a seal: somebody has been in the database."""

    count: int = 0
    lost: Sequence[UUID] = ()


def prepare(session: Session, *, most: int = BATCH) -> Prepared:
    """Read what waits. Entries never change, so nothing can be out of date by the time it is chained."""
    chain = Chain(session)
    waiting = chain.waiting(most=most)
    entries = chain.entries_waiting(first=waiting[0], last=waiting[-1]) if waiting else {}
    return Prepared(
        {digits: canonical(*entries[digits]) if digits in entries else None for digits in waiting}
    )


def seal(uow: UnitOfWork, prepared: Prepared) -> Sealed:
    """Chain them, unless another sealer is at it; what it has sealed meanwhile is left out."""
    if not prepared.forms or not uow.try_lock(LOCK):
        return Sealed()
    ids = [UUID(digits) for digits in prepared.forms]
    done = delete(Unsealed).where(Unsealed.entry_id.in_(ids)).returning(Unsealed.entry_id)
    still = set(uow.session.scalars(done.execution_options(synchronize_session=False)))
    head = Chain(uow.session).head()
    position, previous = head.position, head.hash
    rows, lost = [], []
    for entry_id, form in zip(ids, prepared.forms.values(), strict=True):
        if entry_id not in still:
            continue
        if form is None:
            lost.append(entry_id)
            continue
        position, previous = position + 1, link(previous, form)
        rows.append({"position": position, "entry_id": entry_id, "form": FORM, "hash": previous})
    if rows:
        uow.session.execute(insert(Seal.__table__), rows)  # type: ignore[arg-type]
    return Sealed(len(rows), lost)
