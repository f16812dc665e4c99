"""The chain as it is stored, and entries as the canonical form wants them: plain cells, a stretch at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, AuditSubject, Seal, Tombstone, Unsealed
from portal.audit.repository.cells import Rows, cell, cells, fetch
from portal.audit.rules.canonical import ENTRY_COLUMNS, ORIGIN, SUBJECT_COLUMNS, Raw

ENTRIES = cast(Table, AuditLog.__table__)
SUBJECTS = cast(Table, AuditSubject.__table__)
SEALS = cast(Table, Seal.__table__)
QUEUE = cast(Table, Unsealed.__table__)


@dataclass(frozen=True, slots=True)
class Head:
    """A place in the chain: after how many links, and their hash."""

    position: int = 0
    hash: bytes = ORIGIN


class Link(NamedTuple):
    """A stored link and the entry it seals; no entry if that is gone. A tuple, since there are so many."""

    position: int
    entry_id: str
    form: int
    hash: bytes
    entry: Raw | None
    subjects: Sequence[Raw]


class Chain:
    """Questions to the chain."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def root(self) -> Head:
        """Where the chain begins: at its origin, or after what retention has removed."""
        last = select(Tombstone.position, Tombstone.hash).order_by(Tombstone.position.desc()).limit(1)
        row = self._session.execute(last).one_or_none()
        return Head(row.position, bytes(row.hash)) if row else Head()

    def head(self) -> Head:
        """The last link, or the root if there is none."""
        last = select(Seal.position, Seal.hash).order_by(Seal.position.desc()).limit(1)
        row = self._session.execute(last).one_or_none()
        found, root = Head(row.position, bytes(row.hash)) if row else Head(), self.root()
        return found if found.position > root.position else root

    def hash_at(self, position: int) -> bytes | None:
        """The stored hash at a position."""
        return self._session.scalar(select(Seal.hash).where(Seal.position == position))

    def links(self, *, after: int, upto: int) -> list[Link]:
        """The links in `(after, upto]` with their entries; two statements, however many there are."""
        bounds = {"after": after, "upto": upto}
        subjects = _grouped(fetch(self._session, _subjects_of_links(self._dialect), bounds))
        return [
            Link(
                position,
                digits,
                form,
                digest,
                entry if entry[0] is not None else None,
                subjects.get(digits, ()),
            )
            for position, digits, form, digest, *entry in fetch(self._session, _links(self._dialect), bounds)
        ]

    def waiting(self, *, most: int) -> list[str]:
        """The oldest entries that have no seal yet, by the digits of their ids."""
        query = select(cell(Unsealed.entry_id.expression, self._dialect)).order_by(Unsealed.entry_id)
        return list(self._session.scalars(query.limit(most)))

    def entries_waiting(self, *, first: str, last: str) -> Mapping[str, tuple[Raw, Sequence[Raw]]]:
        """Entries that wait, with the rows they touched, by the digits of their ids; what is gone is missing."""
        bounds = {"first": first, "last": last}
        subjects = _grouped(fetch(self._session, _subjects_waiting(self._dialect), bounds))
        found = fetch(self._session, _waiting(self._dialect), bounds)
        return {row[0]: (row, subjects.get(row[0], ())) for row in found}

    def next_position(self, *, after: int) -> int | None:
        """The first position that is taken behind this one."""
        return self._session.scalar(select(func.min(Seal.position)).where(Seal.position > after))

    def never_sealed(self, *, after: UUID, most: int) -> tuple[UUID | None, UUID | None]:
        """Of the next entries by id, one that neither is in the chain nor waits for it; and the last one looked at.

        The trigger did not see such an entry, or its link was taken away.
        """
        some = select(AuditLog.id).where(AuditLog.id > after).order_by(AuditLog.id).limit(most).subquery()
        sealed = select(Seal.position).where(Seal.entry_id == some.c.id).exists()
        waits = select(Unsealed.entry_id).where(Unsealed.entry_id == some.c.id).exists()
        found = self._session.scalar(select(some.c.id).where(~sealed, ~waits).limit(1))
        # not max(): PostgreSQL has none for ids
        last = self._session.scalar(select(some.c.id).order_by(some.c.id.desc()).limit(1))
        return found, last


def _grouped(rows: Rows) -> dict[str, list[Raw]]:
    grouped: dict[str, list[Raw]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return grouped


@cache
def _links(dialect: str) -> Select[Any]:
    return (
        select(
            SEALS.c.position,
            cell(SEALS.c.entry_id, dialect),
            SEALS.c.form,
            SEALS.c.hash,
            *cells(ENTRIES, ENTRY_COLUMNS, dialect),
        )
        .select_from(SEALS.outerjoin(ENTRIES, ENTRIES.c.id == SEALS.c.entry_id))
        .where(SEALS.c.position > bindparam("after"), SEALS.c.position <= bindparam("upto"))
        .order_by(SEALS.c.position)
    )


@cache
def _subjects_of_links(dialect: str) -> Select[Any]:
    return (
        select(*cells(SUBJECTS, SUBJECT_COLUMNS, dialect))
        .select_from(SEALS.join(SUBJECTS, SUBJECTS.c.entry_id == SEALS.c.entry_id))
        .where(SEALS.c.position > bindparam("after"), SEALS.c.position <= bindparam("upto"))
        .order_by(SEALS.c.position, SUBJECTS.c.position)
    )


@cache
def _waiting(dialect: str) -> Select[Any]:
    waits = QUEUE.c.entry_id.between(bindparam("first"), bindparam("last"))
    found = QUEUE.join(ENTRIES, ENTRIES.c.id == QUEUE.c.entry_id)
    return select(*cells(ENTRIES, ENTRY_COLUMNS, dialect)).select_from(found).where(waits)


@cache
def _subjects_waiting(dialect: str) -> Select[Any]:
    waits = QUEUE.c.entry_id.between(bindparam("first"), bindparam("last"))
    found = QUEUE.join(SUBJECTS, SUBJECTS.c.entry_id == QUEUE.c.entry_id)
    order = (SUBJECTS.c.entry_id, SUBJECTS.c.position)
    return select(*cells(SUBJECTS, SUBJECT_COLUMNS, dialect)).select_from(found).where(waits).order_by(*order)
