"""What somebody with all rights on the database may do to the history, and what a verification then says."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import Connection, Executable, delete, insert, select, update

from portal.audit.models import AuditLog, Seal, Unsealed
from portal.audit.rules.canonical import canonical, link
from portal.infra.ids import new_id
from tests.audit.steps import sealed_history

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import SignedHead
    from portal.audit.services.verifying import Verdict
    from portal.bootstrap import Portal


TRIES = 20


def found(verdict: "Verdict") -> "tuple[str, int | None, str | None]":
    problem = verdict.problem
    return (problem.kind, problem.position, problem.entry_id) if problem else ("whole", None, None)


def doing(change: Executable) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(change)


def renumber(connection: Connection, *, behind: int, by: int) -> None:
    """Move all links behind a position; by way of negative ones, since positions are unique at every moment."""
    moved = update(Seal).where(Seal.position > behind)
    connection.execute(moved.values(position=-(Seal.position + by)))
    connection.execute(update(Seal).where(Seal.position < 0).values(position=-Seal.position))


def copy_of(connection: Connection, entry_id: UUID, **changed: object) -> UUID:
    """Another entry that looks like this one."""
    row = dict(connection.execute(select(AuditLog.__table__).where(AuditLog.id == entry_id)).mappings().one())
    row |= {"id": new_id(), **changed}
    connection.execute(insert(AuditLog.__table__), row)  # type: ignore[arg-type]
    return UUID(str(row["id"]))


def right_hash(connection: Connection, entry_id: UUID, *, after: int) -> bytes:
    """What the link of an entry would be at a place: whoever can read the code can compute it."""
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from portal.audit.repository.chain import Chain  # noqa: PLC0415

    connection.execute(insert(Unsealed).values(entry_id=entry_id))
    with Session(connection, join_transaction_mode="rollback_only") as session:
        entry, subjects = Chain(session).entries_waiting(first=entry_id.hex, last=entry_id.hex)[entry_id.hex]
    connection.execute(delete(Unsealed).where(Unsealed.entry_id == entry_id))
    previous = connection.scalar(select(Seal.hash).where(Seal.position == after))
    assert previous is not None
    return link(previous, canonical(entry, subjects))


@pytest.fixture
def copies(portal: "Portal") -> "list[SignedHead]":
    """A history, and its checkpoints as they left the house."""
    return sealed_history(portal)
