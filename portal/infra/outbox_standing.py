"""How the promised work of each kind stands; what is done is not counted, there is a month of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.infra.outbox import OutboxMessage, waiting


@dataclass(frozen=True)
class Standing:
    """Of one kind. What is promised for later and was never tried does not wait."""

    waiting: int = 0
    oldest: datetime | None = None
    given_up: int = 0


def standings(session: Session, *, at: datetime) -> dict[str, Standing]:
    """By kind, where there is anything; each half from an index of its own, however much has been done."""
    kind, count = OutboxMessage.kind, func.count()
    unfinished = select(kind, count, func.min(OutboxMessage.created_at)).where(*waiting(at)).group_by(kind)
    dead = select(kind, count).where(OutboxMessage.failed_at.is_not(None)).group_by(kind)
    found = {
        name: Standing(waiting=many, oldest=oldest) for name, many, oldest in session.execute(unfinished)
    }
    for name, many in session.execute(dead):
        half = found.get(name, Standing())
        found[name] = Standing(waiting=half.waiting, oldest=half.oldest, given_up=many)
    return found
