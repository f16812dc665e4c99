"""Leases: who does something that one is enough for, and until when; and when it was last done at all.

A lock of the database ends with its transaction, and a lock of Redis with Redis. A lease outlives both, and its end
needs nobody: who was killed is replaced as soon as it is over.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.infra.db import Base
from portal.infra.unit_of_work import UnitOfWork

WORK: Final = "work"
"""Nobody holds it: whoever looks for work renews it once a minute, so that all can see that somebody does."""
BEAT: Final = "beat"


class Lease(Base):
    """One duty. Whose clock is ahead may take it a little early, so what it guards must bear being done twice."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[UUID]
    renewed_at: Mapped[datetime]
    ends_at: Mapped[datetime]


def lease(session: Session, name: str) -> Lease | None:
    """How it stands; nothing where nobody ever had it."""
    return session.get(Lease, name)


def take_lease(uow: UnitOfWork, name: str, *, holder: UUID, lasting: timedelta) -> bool:
    """Take it, or keep it for so long from now on; a no where somebody else has it."""
    uow.lock(f"lease.{name}")
    found = lease(uow.session, name)
    if found is None:
        found = Lease(name=name, holder=holder, renewed_at=uow.now, ends_at=uow.now + lasting)
        uow.session.add(found)
    elif found.holder != holder and found.ends_at > uow.now:
        return False
    found.holder, found.renewed_at, found.ends_at = holder, uow.now, uow.now + lasting
    return True


def give_lease_back(uow: UnitOfWork, name: str, *, holder: UUID) -> None:
    """For the next one, at once."""
    found = lease(uow.session, name)
    if found is not None and found.holder == holder:
        found.ends_at = uow.now
