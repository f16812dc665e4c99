"""Whoever adds to history, swaps it, or writes it anew is found: twenty tries of each kind, each named."""

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from portal.audit.models import AuditLog, AuditSubject, Checkpoint, Seal, Tombstone, Unsealed
from portal.audit.rules.checkpoints import SigningKey
from portal.jobs.sealing import keeper_of
from tests.audit.steps import after_tampering, live, places, sealed_history, sign, verify
from tests.audit.tampering import TRIES, copies, copy_of, doing, found, renumber, right_hash

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import SignedHead
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

__all__ = ["copies"]


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
