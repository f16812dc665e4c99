"""The chain as it is stored, and entries as the canonical form wants them: plain cells, a stretch at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditLog, AuditSubject, Seal, Tombstone, Unsealed
from portal.audit.repository.cells import Rows, cell, cells, digits_of, fetch, from_1970
from portal.audit.rules.canonical import ENTRY_COLUMNS, ORIGIN, SUBJECT_COLUMNS, Raw

ENTRIES = cast(Table, AuditLog.__table__)
SUBJECTS = cast(Table, AuditSubject.__table__)
SEALS = cast(Table, Seal.__table__)
QUEUE = cast(Table, Unsealed.__table__)


_CREATED_AT: Final = ENTRY_COLUMNS.index("created_at")
_SUBJECT_CREATED_AT: Final = SUBJECT_COLUMNS.index("created_at")


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
        bounds, offset = {"after": after, "upto": upto}, from_1970(self._dialect)
        subjects = _grouped(fetch(self._session, _subjects_of_links(self._dialect), bounds), offset)
        return [
            Link(
                row[0],
                digits_of(row[1]),
                row[2],
                row[3],
                _moved(row[4:], _CREATED_AT, offset) if row[4] is not None else None,
                subjects.get(row[1], ()),
            )
            for row in fetch(self._session, _links(self._dialect), bounds)
        ]

    def waiting(self, *, most: int) -> list[str]:
        """The oldest entries that have no seal yet, by the digits of their ids."""
        query = select(Unsealed.entry_id).order_by(Unsealed.entry_id).limit(most)
        return [entry_id.hex for entry_id in self._session.scalars(query)]

    def entries_waiting(self, *, first: str, last: str) -> Mapping[str, tuple[Raw, Sequence[Raw]]]:
        """Entries that wait, with the rows they touched, by the digits of their ids; what is gone is missing."""
        bounds, offset = {"first": first, "last": last}, from_1970(self._dialect)
        subjects = _grouped(fetch(self._session, _subjects_waiting(self._dialect), bounds), offset)
        found = fetch(self._session, _waiting(self._dialect), bounds)
        return {
            digits_of(row[0]): (_moved(row, _CREATED_AT, offset), subjects.get(row[0], ())) for row in found
        }

    def next_position(self, *, after: int) -> int | None:
        """The first position that is taken behind this one."""
        return self._session.scalar(select(func.min(Seal.position)).where(Seal.position > after))

    def never_sealed(self, *, after: UUID, most: int) -> tuple[UUID | None, UUID | None]:
        """Of the next entries by id, one that neither is in the chain nor waits for it; and the last one looked at.

        The trigger did not see such an entry, or its link was taken away.
        """
        some = fetch(self._session, _next_ids(self._dialect), {"after": after.hex, "most": most})
        if not some:
            return None, None
        bounds = {"first": digits_of(some[0][0]), "last": digits_of(some[-1][0])}
        # in this order: what is sealed meanwhile is found where it went
        waiting = fetch(self._session, _ids_between(QUEUE, self._dialect), bounds)
        sealed = fetch(self._session, _ids_between(SEALS, self._dialect), bounds)
        strange = set(some).difference(waiting, sealed)
        # what retention has removed meanwhile was there a moment ago and is no stray
        found = self._session.scalar(_strays(strange)) if strange else None
        return found, UUID(bounds["last"])


def _grouped(rows: Rows, offset: int) -> dict[str | bytes, list[Raw]]:
    """The rows that each entry touched, by its id as the database has it."""
    grouped: dict[str | bytes, list[Raw]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(_moved(row, _SUBJECT_CREATED_AT, offset))
    return grouped


def _moved(row: Sequence[Any], instant: int, offset: int) -> Raw:
    """The row with one of its instants counted from 1970."""
    if not offset:
        return row
    moved = list(row)
    moved[instant] += offset
    return moved


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
    """Looked up link by link: a planner that knows little of the table would read all of it for each stretch."""
    touched = select(SUBJECTS).where(SUBJECTS.c.entry_id == SEALS.c.entry_id).order_by(SUBJECTS.c.position)
    rows = touched.offset(0).lateral(SUBJECTS.name) if dialect == "postgresql" else SUBJECTS
    return (
        select(*cells(rows, SUBJECT_COLUMNS, dialect))
        .select_from(SEALS.join(rows, rows.c.entry_id == SEALS.c.entry_id))
        .where(SEALS.c.position > bindparam("after"), SEALS.c.position <= bindparam("upto"))
        .order_by(SEALS.c.position, rows.c.position)
    )


@cache
def _next_ids(dialect: str) -> Select[Any]:
    next_ones = ENTRIES.c.id > bindparam("after")
    return (
        select(cell(ENTRIES.c.id, dialect)).where(next_ones).order_by(ENTRIES.c.id).limit(bindparam("most"))
    )


@cache
def _ids_between(table: Table, dialect: str) -> Select[Any]:
    return select(cell(table.c.entry_id, dialect)).where(
        table.c.entry_id.between(bindparam("first"), bindparam("last"))
    )


def _strays(some: AbstractSet[tuple[Any, ...]]) -> Select[UUID]:
    """The first of these entries that has no place in the chain and waits for none, at one moment."""
    sealed = select(Seal.position).where(Seal.entry_id == AuditLog.id).exists()
    waits = select(Unsealed.entry_id).where(Unsealed.entry_id == AuditLog.id).exists()
    ids = [UUID(digits_of(row[0])) for row in some]
    return select(AuditLog.id).where(AuditLog.id.in_(ids), ~sealed, ~waits).order_by(AuditLog.id).limit(1)


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
