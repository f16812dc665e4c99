"""Whoever changes or removes history is found: twenty tries of each kind, each named."""

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from portal.audit.models import AuditLog, AuditSubject, Checkpoint, Seal, Unsealed
from portal.infra.ids import new_id
from portal.jobs.sealing import keeper_of
from tests.audit.steps import after_tampering, live, places, sign, verify
from tests.audit.tampering import TRIES, copies, doing, found, renumber

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import SignedHead
    from portal.bootstrap import Portal

__all__ = ["copies"]

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
