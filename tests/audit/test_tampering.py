"""Whoever can write the database can't change the history without being found: twenty tries of each kind."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Executable, delete, func, insert, select, update

from portal.audit.models import AuditLog, AuditSubject, Checkpoint, Seal, Tombstone, Unsealed
from portal.audit.rules.canonical import canonical, link
from portal.audit.rules.checkpoints import SigningKey
from portal.infra.ids import new_id
from portal.jobs.sealing import keeper_of
from tests.audit.steps import after_tampering, live, places, sealed_history, sign, verify

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import SignedHead
    from portal.audit.services.verifying import Verdict
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

TRIES = 20
FIELDS: "dict[str, Any]" = {
    "action": "user.signed_in",
    "outcome": "failure",
    "actor_kind": "system",
    "actor_id": UUID(int=7),
    "actor_label": "nobody",
    "user_id": UUID(int=7),
    "resource_type": "role",
    "resource_id": UUID(int=7),
    "resource_label": "nothing",
    "before_state": {"number": -1},
    "after_state": {"number": -1},
    "details": {"n": 2},
    "reason": "why_not",
    "ip": "192.0.2.1",
    "user_agent": "none",
    "session_id": UUID(int=7),
    "client_id": UUID(int=7),
    "request_id": "req_2",
    "sealed_actor": b"sealed",
    "sealed_facts": b"sealed",
    "ip_index": b"12345678",
}


@pytest.fixture
def copies(portal: "Portal") -> "list[SignedHead]":
    """A history, and its checkpoints as they left the house."""
    return sealed_history(portal)


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


def test_an_untouched_history_is_whole(portal: "Portal", copies: "list[SignedHead]") -> None:
    verdict = verify(portal, copies)
    assert (verdict.problem, verdict.is_whole) == (None, True)
    assert verdict.entries == verdict.position == copies[-1].position
    assert (verdict.checkpoints, verdict.exported) == (3, 3)


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_found(portal: "Portal", field: str) -> None:
    live(portal, 6)
    keeper_of(portal).seal_waiting()
    (place,) = places(portal, 1, margin=1)
    change = update(AuditLog).where(AuditLog.id == place[1]).values({field: FIELDS[field]})
    verdict = after_tampering(portal, doing(change))
    assert found(verdict) == ("altered", place[0], place[1].hex)


def test_a_changed_entry_is_found_and_named(portal: "Portal", copies: "list[SignedHead]") -> None:
    for position, entry_id in places(portal, TRIES):
        change = update(AuditLog).where(AuditLog.id == entry_id).values(action=f"test.{secrets.token_hex(4)}")
        verdict = after_tampering(portal, doing(change))
        assert found(verdict) == ("altered", position, entry_id.hex)


def test_a_changed_row_that_it_touched_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    for index, (position, entry_id) in enumerate(places(portal, TRIES)):
        rows = AuditSubject.entry_id == entry_id
        change = (
            update(AuditSubject).where(rows).values(resource_id=new_id()),
            update(AuditSubject).where(rows).values(position=AuditSubject.position + 5),
            delete(AuditSubject).where(rows),
            insert(AuditSubject).values(
                entry_id=entry_id, position=9, resource_type="user", resource_id=new_id(), resource_label="",
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            ),
        )[index % 4]  # fmt: skip
        verdict = after_tampering(portal, doing(change))
        assert found(verdict) == ("altered", position, entry_id.hex)


def test_a_deleted_entry_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    for index, (position, entry_id) in enumerate(places(portal, TRIES)):

        def remove(
            connection: Connection, entry_id: UUID = entry_id, *, link_too: bool = index % 2 == 0
        ) -> None:
            connection.execute(delete(AuditSubject).where(AuditSubject.entry_id == entry_id))
            connection.execute(delete(AuditLog).where(AuditLog.id == entry_id))
            if link_too:
                connection.execute(delete(Seal).where(Seal.entry_id == entry_id))

        verdict = after_tampering(portal, remove)
        assert found(verdict) == ("missing", position, None if index % 2 == 0 else entry_id.hex)


def test_a_deletion_that_closes_the_gap_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    for position, entry_id in places(portal, TRIES):

        def remove(connection: Connection, entry_id: UUID = entry_id, position: int = position) -> None:
            connection.execute(delete(AuditSubject).where(AuditSubject.entry_id == entry_id))
            connection.execute(delete(AuditLog).where(AuditLog.id == entry_id))
            connection.execute(delete(Seal).where(Seal.entry_id == entry_id))
            renumber(connection, behind=position, by=-1)

        verdict = after_tampering(portal, remove)
        assert found(verdict)[:2] == ("altered", position)


def test_a_cut_off_end_is_found_by_the_checkpoints(portal: "Portal", copies: "list[SignedHead]") -> None:
    """With those in the database gone too, only the copies outside know of what was there."""
    last = copies[-1].position
    for index in range(TRIES):

        def cut(
            connection: Connection, keep: int = last - 1 - index, *, signed_too: bool = index % 2 == 0
        ) -> None:
            gone = select(Seal.entry_id).where(Seal.position > keep)
            connection.execute(delete(AuditSubject).where(AuditSubject.entry_id.in_(gone)))
            connection.execute(delete(AuditLog).where(AuditLog.id.in_(gone)))
            connection.execute(delete(Seal).where(Seal.position > keep))
            if signed_too:
                connection.execute(delete(Checkpoint).where(Checkpoint.position > keep))

        verdict = after_tampering(portal, cut, copies)
        assert found(verdict) == ("truncated", last - index, None)


def test_links_taken_off_the_end_leave_entries_without_a_place(
    portal: "Portal", copies: "list[SignedHead]"
) -> None:
    last = copies[-1].position
    for index in range(TRIES):

        def cut(connection: Connection, keep: int = last - 1 - index) -> None:
            connection.execute(delete(Seal).where(Seal.position > keep))
            connection.execute(delete(Checkpoint).where(Checkpoint.position > keep))

        assert found(after_tampering(portal, cut))[0] == "unsealed"


def test_a_forged_entry_with_a_forged_link_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    """Either with any hash, or with the right one for its place: then what follows does not fit."""
    for index, (position, entry_id) in enumerate(places(portal, TRIES)):
        forged: list[str] = []

        def forge(
            connection: Connection, position: int = position, entry_id: UUID = entry_id, forged: list[str] = forged,
            *, fits: bool = index % 2 == 0,
        ) -> None:  # fmt: skip
            new = copy_of(connection, entry_id)
            forged.append(new.hex)
            connection.execute(delete(Unsealed).where(Unsealed.entry_id == new))
            renumber(connection, behind=position, by=1)
            digest = secrets.token_bytes(32)
            if fits:
                digest = right_hash(connection, new, after=position)
            row = {"position": position + 1, "entry_id": new, "form": 1, "hash": digest}
            connection.execute(insert(Seal).values(row))

        verdict = after_tampering(portal, forge)
        assert found(verdict) == ("inserted", position + 1, forged[0])


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


def test_an_entry_slipped_in_beside_the_chain_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    """The trigger is switched off, or its row taken away: the entry has no place."""
    for _, entry_id in places(portal, TRIES):
        new: list[str] = []

        def slip(connection: Connection, entry_id: UUID = entry_id, new: list[str] = new) -> None:
            made = copy_of(connection, entry_id)
            new.append(made.hex)
            connection.execute(delete(Unsealed).where(Unsealed.entry_id == made))

        assert found(after_tampering(portal, slip)) == ("unsealed", None, new[0])


def test_an_old_entry_that_comes_late_is_found(portal: "Portal", clock: "MovableClock") -> None:
    """The sealer chains whatever is written; the checkpoint before it says that it was not there then."""
    sealed_history(portal)
    for _ in range(TRIES):
        clock.advance(hours=3)
        live(portal, 1)
        keeper_of(portal).seal_waiting()
        sign(portal)
    ((_, entry_id),) = places(portal, 1)
    with portal.engine.begin() as connection:
        new = copy_of(connection, entry_id)
    keeper_of(portal).seal_waiting()
    verdict = verify(portal)
    assert found(verdict)[0] == "backdated"
    assert verdict.problem is not None
    assert verdict.problem.entry_id == new.hex


def test_two_swapped_entries_are_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    """Their links keep their places, and name each other's entry."""
    picked = sorted(places(portal, 2 * TRIES))
    for (first, one), (_, other) in zip(picked[::2], picked[1::2], strict=True):

        def swap(connection: Connection, one: UUID = one, other: UUID = other) -> None:
            for now, then in ((one, UUID(int=0)), (other, one), (UUID(int=0), other)):
                connection.execute(update(Seal).where(Seal.entry_id == now).values(entry_id=then))

        assert found(after_tampering(portal, swap)) == ("reordered", first, other.hex)


def test_links_that_changed_places_are_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    """Whole links, hash and all; neighbours and such that are far apart."""
    with portal.reading() as session:
        last = session.scalar(select(func.max(Seal.position))) or 0
    for index in range(TRIES):
        first, second = 4 + index, (5 + index if index % 2 else last - 2 - index // 4)

        def change(connection: Connection, first: int = first, second: int = second) -> None:
            for now, then in ((first, -1), (second, first), (-1, second)):
                connection.execute(update(Seal).where(Seal.position == now).values(position=then))

        verdict = after_tampering(portal, change)
        assert found(verdict)[:2] == ("reordered", first)


def test_an_end_written_anew_is_found_by_the_checkpoints(
    portal: "Portal", copies: "list[SignedHead]"
) -> None:
    """Everything from a place on computed again, as the sealer would: the chain alone is right, the copies are not."""
    positions = sorted(position for position, _ in places(portal, TRIES))
    for start in positions:
        fitting = max((copy.position for copy in copies if copy.position < start), default=0)

        def rewrite(connection: Connection, start: int = start) -> None:
            ids = connection.scalars(
                select(Seal.entry_id).where(Seal.position >= start).order_by(Seal.position)
            ).all()
            connection.execute(update(AuditLog).where(AuditLog.id == ids[0]).values(action="test.rewritten"))
            for offset, entry_id in enumerate(ids):
                digest = right_hash(connection, entry_id, after=start + offset - 1)
                connection.execute(update(Seal).where(Seal.entry_id == entry_id).values(hash=digest))
            connection.execute(delete(Checkpoint).where(Checkpoint.position >= start))

        assert found(after_tampering(portal, rewrite)) == ("whole", None, None)
        assert found(after_tampering(portal, rewrite, copies)) == ("rewritten", fitting + 1, None)


def test_a_checkpoint_that_somebody_else_signed_is_found(
    portal: "Portal", copies: "list[SignedHead]"
) -> None:
    foreign = SigningKey(secrets.token_bytes(32))
    for index in range(TRIES):
        copy = copies[index % 3]
        forged = foreign.sign("checkpoint", position=copy.position, digest=copy.hash, at=copy.at)
        key_id = forged.key_id if index % 2 else copy.key_id
        change = (
            update(Checkpoint)
            .where(Checkpoint.position == copy.position)
            .values(signature=forged.signature, key_id=key_id)
        )
        verdict = after_tampering(portal, doing(change))
        assert found(verdict) == ("forged", copy.position, None)


def test_a_tombstone_that_nobody_signed_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    """Removing the beginning needs the key, which is not in the database."""
    for position, _ in places(portal, TRIES):

        def bury(connection: Connection, position: int = position) -> None:
            digest = connection.scalar(select(Seal.hash).where(Seal.position == position))
            gone = select(Seal.entry_id).where(Seal.position <= position)
            connection.execute(delete(AuditSubject).where(AuditSubject.entry_id.in_(gone)))
            connection.execute(delete(AuditLog).where(AuditLog.id.in_(gone)))
            connection.execute(delete(Seal).where(Seal.position <= position))
            connection.execute(
                insert(Tombstone).values(
                    position=position, first_position=1, hash=digest, at=copies[0].at, key_id=copies[0].key_id,
                    signature=secrets.token_bytes(64),
                )
            )  # fmt: skip

        assert found(after_tampering(portal, bury)) == ("forged", position, None)


def test_an_emptied_log_is_found(portal: "Portal", copies: "list[SignedHead]") -> None:
    def empty(connection: Connection) -> None:
        for table in (AuditSubject, AuditLog, Seal, Checkpoint, Unsealed):
            connection.execute(delete(table))

    assert found(after_tampering(portal, empty, copies)) == ("truncated", 1, None)


def test_a_restored_backup_is_told_from_the_truth(portal: "Portal", copies: "list[SignedHead]") -> None:
    """An older state of the database is whole in itself, and the copies know that it once had more."""
    assert verify(portal, copies).problem is None
    live(portal, 5)
    keeper_of(portal).seal_waiting()
    later = sign(portal)

    def restore(connection: Connection) -> None:
        gone = select(Seal.entry_id).where(Seal.position > copies[-1].position)
        connection.execute(delete(AuditSubject).where(AuditSubject.entry_id.in_(gone)))
        connection.execute(delete(AuditLog).where(AuditLog.id.in_(gone)))
        connection.execute(delete(Checkpoint).where(Checkpoint.position > copies[-1].position))
        connection.execute(delete(Seal).where(Seal.position > copies[-1].position))

    assert found(after_tampering(portal, restore)) == ("whole", None, None)
    assert found(after_tampering(portal, restore, [*copies, later]))[0] == "truncated"
