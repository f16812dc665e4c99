"""Values that no portal has written, and that a database takes all the same: found and named, not stumbled over."""

from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import select, text

from portal.audit.models import AuditLog
from portal.jobs.sealing import keeper_of
from tests.audit.steps import MAYA, after_tampering, live, places
from tests.audit.tampering import doing, found

if TYPE_CHECKING:
    from portal.bootstrap import Portal

NESTED: Final = '{"a": ' + "[" * 2_000 + "]" * 2_000 + "}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param("sealed_actor = lower(hex(x'00ff'))", id="bytes as digits"),
        pytest.param("request_id = x'00ff'", id="digits as bytes"),
        pytest.param(f"actor_id = x'{MAYA.hex}'", id="an id as bytes"),
        pytest.param("created_at = cast(created_at as blob)", id="a number as text"),
        pytest.param("reason = cast(x'ff' as text)", id="no text"),
        pytest.param("details = '{\"n\": '", id="no document"),
        pytest.param("details = 'n'", id="a text for a document"),
    ],
)
def test_a_value_of_another_kind_is_a_changed_one(portal: "Portal", change: str) -> None:
    """SQLite keeps whatever it is given. What is written with the same digits is not the same value."""
    live(portal, 6)
    with portal.engine.begin() as connection:
        entry_id = connection.scalars(select(AuditLog.id).where(AuditLog.actor_id == MAYA)).all()[1]
        before = (
            "UPDATE audit_logs SET request_id = '00ff', sealed_actor = x'00ff', reason = :text WHERE id = :id"
        )
        connection.execute(text(before), {"id": entry_id.hex, "text": r"\xff"})
    keeper_of(portal).seal_waiting()
    tampered = text(f"UPDATE audit_logs SET {change} WHERE id = :id").bindparams(id=entry_id.hex)  # noqa: S608
    assert found(after_tampering(portal, doing(tampered)))[::2] == ("altered", entry_id.hex)


def test_a_document_that_is_nested_too_deeply_is_a_changed_one(portal: "Portal") -> None:
    live(portal, 6)
    keeper_of(portal).seal_waiting()
    (place,) = places(portal, 1, margin=1)
    kind = "jsonb" if portal.engine.dialect.name == "postgresql" else "text"
    tampered = text(f"UPDATE audit_logs SET details = cast(:nested as {kind}) WHERE id = :id").bindparams(  # noqa: S608
        nested=NESTED, id=place[1] if kind == "jsonb" else place[1].hex
    )
    assert found(after_tampering(portal, doing(tampered))) == ("altered", place[0], place[1].hex)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0001-01-01 BC", "294276-12-31"])
def test_a_moment_beyond_all_calendars_is_a_changed_one(portal: "Portal", moment: str) -> None:
    live(portal, 6)
    keeper_of(portal).seal_waiting()
    (place,) = places(portal, 1, margin=1)
    tampered = text("UPDATE audit_logs SET created_at = cast(:moment as timestamptz) WHERE id = :id")
    verdict = after_tampering(portal, doing(tampered.bindparams(moment=moment, id=place[1])))
    assert found(verdict) == ("altered", place[0], place[1].hex)
