"""A person who is erased is gone from the log, and the log is whole."""

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text, update

from portal.audit.models import AuditLog, PersonKey
from portal.audit.rules.personal import ERASED, strangers_of
from portal.infra.actor import Actor
from portal.infra.events import Ref
from portal.jobs.sealing import keeper_of
from tests.audit.steps import sign, verify
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
from tests.audit.people import BY_MAYA, DEVON, KESTREL, MAYA, Painted, erase, move


def test_a_reason_that_somebody_typed_is_theirs_where_no_person_was_touched(portal: "Portal") -> None:
    with portal.unit_of_work(BY_MAYA) as uow:
        uow.publish(
            Painted(touched=(Ref("client", KESTREL, "Kestrel"),), after={"a": 1}, reason="I like blue")
        )
    (entry,) = history(portal, "test.repainted")
    assert (entry.reason, entry.after_state) == ("I like blue", {"a": 1})
    erase(portal, MAYA)
    (entry,) = history(portal, "test.repainted")
    assert (entry.reason, entry.after_state, entry.actor_label) == (None, {"a": 1}, ERASED)


def test_an_erased_person_is_gone_and_the_chain_is_whole(portal: "Portal") -> None:
    move(portal)
    keeper_of(portal).seal_waiting()
    copies = [sign(portal)]
    assert erase(portal, DEVON)
    assert not erase(portal, DEVON)
    (entry,) = history(portal, "test.moved")
    assert [row.resource_label for row in entry.subjects] == [ERASED, "Kestrel"]
    assert (entry.resource_label, entry.before_state, entry.after_state, entry.reason) == (
        ERASED,
        None,
        None,
        None,
    )
    assert (entry.details, entry.is_erased, entry.user_id) == ({}, True, DEVON)
    assert (entry.actor_label, entry.ip) == ("maya.okafor", "203.0.113.7")
    (told,) = history(portal, "history.person_erased")
    assert (told.actor_kind, told.resource_id, told.resource_label) == ("cli", DEVON, ERASED)
    keeper_of(portal).seal_waiting()
    assert verify(portal, copies).problem is None


def test_erasing_one_leaves_the_other(portal: "Portal") -> None:
    move(portal)
    erase(portal, MAYA)
    (entry,) = history(portal, "test.moved")
    assert (entry.actor_label, entry.ip, entry.user_agent) == (ERASED, None, None)
    assert (entry.resource_label, entry.reason) == ("devon.reyes", "ill for months")


def test_of_an_erased_person_nothing_new_is_kept(portal: "Portal") -> None:
    """Here and in another process, once that has looked again."""
    move(portal)
    erase(portal, DEVON)
    move(portal)
    portal.ports.personal_keys.keep(DEVON, None)
    move(portal)
    with portal.reading() as session:
        rows = (
            session.execute(select(AuditLog.sealed_facts).where(AuditLog.action == "test.moved"))
            .scalars()
            .all()
        )
    assert [len(row or b"") > 0 for row in rows] == [True, False, False]
    assert {entry.resource_label for entry in history(portal, "test.moved")} == {ERASED}


def test_somebody_of_whom_nothing_was_ever_written_can_be_erased(portal: "Portal") -> None:
    assert erase(portal, DEVON)
    move(portal)
    assert history(portal, "test.moved")[0].resource_label == ERASED


def test_a_lost_key_row_is_no_erasure(portal: "Portal") -> None:
    move(portal)
    with portal.engine.begin() as connection:
        connection.execute(delete(PersonKey).where(PersonKey.person_id == DEVON))
    (entry,) = history(portal, "test.moved")
    assert (entry.resource_label, entry.is_erased) == ("unreadable", False)


def test_strangers_of_a_month_share_a_key(portal: "Portal") -> None:
    visitor = Actor(kind="anonymous", label="Visitor", ip="198.51.100.9")
    with portal.unit_of_work(visitor) as uow:
        uow.publish(Painted(details={"email": "nobody@example.org"}))
        month = strangers_of(uow.now)
    (entry,) = history(portal, "test.repainted")
    assert (entry.ip, entry.details, entry.actor_label) == (
        "198.51.100.9",
        {"email": "nobody@example.org"},
        "Visitor",
    )
    with portal.engine.begin() as connection:
        rows = connection.execute(text("SELECT count(*) FROM audit_person_keys")).scalar()
        connection.execute(update(PersonKey).where(PersonKey.person_id == month).values(sealed_key=None))
    assert rows
    (entry,) = history(portal, "test.repainted")
    assert (entry.ip, entry.details, entry.is_erased) == (None, {}, True)
