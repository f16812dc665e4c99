"""The canonical form: every stored column, and the same bytes on both databases."""

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.audit.models import AuditLog, AuditSubject, Unsealed
from portal.audit.repository.chain import Chain
from portal.audit.rules.canonical import ENTRY_COLUMNS, SUBJECT_COLUMNS, canonical, link
from portal.infra.actor import SYSTEM
from portal.infra.db import UtcDateTime

if TYPE_CHECKING:
    from portal.bootstrap import Portal

ENTRY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
MAYA = UUID("01890a5d-ac96-774b-bcce-000000000001")
MOMENT = 1_772_323_200_000_123
FORM = (
    b'[1,"01890a5dac96774bbcceb302099a8057",1772323200000123,"test.told","success","user",'
    b'"01890a5dac96774bbcce000000000001","\\u202eM\\"aya \xc3\xa9","01890a5dac96774bbcce000000000001","user",'
    b'"01890a5dac96774bbcce000000000001","maya",null,{"a":[1,2.5,{"x":null,"y":true}],"b":3,"z":1},{},"no_match",null,'
    b'null,null,null,"req_1","00ff","","3132333435363738",[["01890a5dac96774bbcceb302099a8057",0,"user",'
    b'"01890a5dac96774bbcce000000000001","maya",1772323200000123,null],["01890a5dac96774bbcceb302099a8057",1,"client",'
    b'"01890a5dac96774bbcceb302099a8057","",1772323200000123,"01"]]]'
)


def test_no_stored_column_is_left_out() -> None:
    """A new column needs a new version of the form."""
    assert set(ENTRY_COLUMNS) == set(AuditLog.__table__.columns.keys())
    assert set(SUBJECT_COLUMNS) == set(AuditSubject.__table__.columns.keys())


def test_the_form_is_the_same_bytes_on_both_databases(portal: "Portal") -> None:
    at = UtcDateTime().process_result_value(MOMENT, portal.engine.dialect)
    entry = {
        "id": ENTRY, "created_at": at, "action": "test.told", "outcome": "success", "actor_kind": "user",
        "actor_id": MAYA, "actor_label": '\u202eM"aya é', "user_id": MAYA, "resource_type": "user",
        "resource_id": MAYA, "resource_label": "maya",
        "after_state": {"z": 1.0, "b": 3, "a": [1, 2.5, {"y": True, "x": None}]},
        "details": {}, "reason": "no_match", "request_id": "req_1", "sealed_actor": b"\x00\xff", "sealed_facts": b"",
        "ip_index": b"12345678",
    }  # fmt: skip
    rows = [
        {"entry_id": ENTRY, "position": 1, "resource_type": "client", "resource_id": ENTRY, "resource_label": "",
         "created_at": at, "sealed_label": b"\x01"},
        {"entry_id": ENTRY, "position": 0, "resource_type": "user", "resource_id": MAYA, "resource_label": "maya",
         "created_at": at, "sealed_label": None},
    ]  # fmt: skip
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(insert(AuditLog), [entry])
        uow.session.execute(insert(AuditSubject), rows)
        assert uow.session.scalar(select(Unsealed.entry_id).where(Unsealed.entry_id == ENTRY)) == ENTRY
        found = Chain(uow.session).entries_waiting(first=ENTRY.hex, last=ENTRY.hex)
        assert canonical(*found[ENTRY.hex]).decode() == FORM.decode().replace("\\u202e", "\u202e")


@pytest.mark.parametrize(
    ("text", "written"), [("1.0", b"1"), ("1e2", b"100"), ("2.5", b"2.5"), ('"1.0"', b'"1.0"')]
)
def test_a_number_is_written_in_one_way(text: str, written: bytes) -> None:
    row: list[str | None] = [None] * len(ENTRY_COLUMNS)
    row[ENTRY_COLUMNS.index("details")] = f'{{"n": {text}}}'
    assert b'{"n":' + written + b"}" in canonical(row, ())


def test_a_link_depends_on_what_came_before() -> None:
    assert link(b"a", b"form") != link(b"b", b"form") != link(b"b", b"form2")
