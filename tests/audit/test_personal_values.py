"""What the log says of people stands apart under their keys, opens for readers, and goes when a person is erased."""

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update

from portal.audit.models import AuditLog, AuditSubject, PersonKey
from portal.audit.repository import AuditEntries, AuditFilter
from portal.audit.rules.personal import ERASED, is_code, strangers_of
from portal.audit.usecases import erase_person
from portal.infra.actor import CLI, SYSTEM, Actor
from portal.infra.crypto.personal import PersonalKeys
from portal.infra.crypto.sealing import SealBroken, Sealer
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.jobs.sealing import keeper_of
from tests.audit.steps import sign, verify
from tests.support.crowds import at_once
from tests.support.history import history
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal

MAYA, DEVON, KESTREL = new_id(), new_id(), new_id()
BY_MAYA = Actor(
    kind="user",
    id=MAYA,
    label="maya.okafor",
    ip="203.0.113.7",
    user_agent="Firefox on Ubuntu",
    request_id="req_7",
)
OF_DEVON = Ref("user", DEVON, "devon.reyes")
SECRETS = ("maya.okafor", "203.0.113.7", "Firefox on Ubuntu", "devon.reyes", "Rua Augusta", "ill for months")


class Moved(Event):
    """Somebody's address changed, for these tests."""

    label = "test.moved"


class Painted(Event):
    """A thing changed, for these tests."""

    label = "test.repainted"


def move(portal: "Portal", actor: Actor = BY_MAYA) -> None:
    with portal.unit_of_work(actor) as uow:
        uow.publish(
            Moved(
                touched=(OF_DEVON, Ref("client", KESTREL, "Kestrel")),
                before={"street": None},
                after={"street": "Rua Augusta"},
                details={"count": 1},
                reason="ill for months",
            )
        )


def erase(portal: "Portal", person: "object") -> bool:
    with portal.unit_of_work(CLI) as uow:
        return erase_person(uow, person)  # type: ignore[arg-type]


def test_no_personal_value_lies_in_clear(portal: "Portal") -> None:
    move(portal)
    with portal.reading() as session:
        for table in (AuditLog, AuditSubject):
            rows = repr(session.execute(select(table.__table__)).all())
            assert [secret for secret in SECRETS if secret in rows] == []
    with portal.reading() as session:
        labels = session.scalars(select(AuditSubject.resource_label)).all()
    assert "Kestrel" in labels


def test_readers_see_what_was_written(portal: "Portal") -> None:
    move(portal)
    (entry,) = history(portal, "test.moved")
    assert (entry.actor_label, entry.ip, entry.user_agent) == (
        "maya.okafor",
        "203.0.113.7",
        "Firefox on Ubuntu",
    )
    assert (entry.before_state, entry.after_state, entry.details) == (
        {"street": None},
        {"street": "Rua Augusta"},
        {"count": 1},
    )
    assert (entry.reason, entry.resource_label, entry.is_erased) == ("ill for months", "devon.reyes", False)
    assert [row.resource_label for row in entry.subjects] == ["devon.reyes", "Kestrel"]


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


def test_a_key_that_was_rolled_back_seals_nothing(portal: "Portal") -> None:
    """Else what is written next would be readable for nobody."""

    def fail() -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            uow.publish(Moved(touched=(OF_DEVON,)))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    move(portal)
    portal.ports.personal_keys.keep(DEVON, None)
    assert history(portal, "test.moved")[0].resource_label == "devon.reyes"


def test_many_who_write_of_one_person_first_agree_on_a_key(portal: "Portal") -> None:
    at_once(20, lambda _: move(portal, Actor(kind="anonymous", label="Visitor", ip="198.51.100.9")))
    entries = history(portal, "test.moved")
    assert len(entries) == 20
    assert {(entry.resource_label, entry.ip) for entry in entries} == {("devon.reyes", "198.51.100.9")}


def test_a_warm_entry_costs_two_statements_and_a_page_one_more(portal: "Portal") -> None:
    move(portal)
    with statements(portal.engine) as asked:
        move(portal)
    assert len(asked) == 2
    with portal.reading() as session, statements(portal.engine) as asked:
        AuditEntries(session).page(AuditFilter(actions=("test.moved",)))
    assert len(asked) == 3


def test_a_value_that_was_moved_does_not_open(portal: "Portal") -> None:
    move(portal)
    move(portal)
    first, second = history(portal, "test.moved")
    with portal.engine.begin() as connection:
        other = select(AuditLog.sealed_actor).where(AuditLog.id == first.id).scalar_subquery()
        connection.execute(update(AuditLog).where(AuditLog.id == second.id).values(sealed_actor=other))
    _, second = history(portal, "test.moved")
    assert (second.actor_label, second.ip, second.is_erased) == ("unreadable", None, False)


def test_a_lost_key_row_is_no_erasure(portal: "Portal") -> None:
    move(portal)
    with portal.engine.begin() as connection:
        connection.execute(delete(PersonKey).where(PersonKey.person_id == DEVON))
    (entry,) = history(portal, "test.moved")
    assert (entry.resource_label, entry.is_erased) == ("unreadable", False)


def test_an_entry_of_the_release_before_reads_as_ever(portal: "Portal") -> None:
    with portal.unit_of_work(CLI) as uow:
        uow.session.add(
            AuditLog(
                created_at=uow.now, action="test.old", outcome="success", actor_kind="user", actor_id=MAYA,
                actor_label="maya", user_id=DEVON, resource_type="user", resource_id=DEVON, resource_label="devon",
                before_state=None, after_state={"a": 1}, details={}, reason="as before", ip="192.0.2.1",
                user_agent="Firefox", session_id=None, client_id=None, request_id=None,
            )
        )  # fmt: skip
    (entry,) = history(portal, "test.old")
    assert (entry.actor_label, entry.resource_label, entry.reason) == ("maya", "devon", "as before")
    assert (entry.ip, entry.after_state) == ("192.0.2.1", {"a": 1})
    with portal.reading() as session:
        assert len(AuditEntries(session).page(AuditFilter(ip="192.0.2.1")).items) == 1


def test_an_address_is_found_and_not_read(portal: "Portal") -> None:
    move(portal)
    with portal.reading() as session:
        entries = AuditEntries(session)
        assert [entry.ip for entry in entries.page(AuditFilter(ip="203.0.113.7")).items] == ["203.0.113.7"]
        assert entries.page(AuditFilter(ip="203.0.113.8")).items == []
        assert entries.count(AuditFilter(ip="203.0.113.7")) == 1


def test_an_address_is_found_after_the_master_key_has_changed() -> None:
    old, new = b"o" * 32, b"n" * 32
    before, after = PersonalKeys(Sealer.of(old)), PersonalKeys(Sealer.of(new, old))
    assert before.index("203.0.113.7") in after.indexes("203.0.113.7")
    assert after.index("203.0.113.7") != before.index("203.0.113.7")


def test_keys_open_only_for_their_owner_and_place() -> None:
    keys = PersonalKeys(Sealer.of(b"m" * 32))
    key, stored = keys.make(MAYA)
    assert keys.unwrap(MAYA, stored).open(key.seal(b"x", "here"), "here") == b"x"
    with pytest.raises(SealBroken):
        keys.unwrap(DEVON, stored)
    for sealed, place in ((key.seal(b"x", "here"), "there"), (b"", "here"), (b"\x02" * 40, "here")):
        with pytest.raises(SealBroken):
            key.open(sealed, place)
    assert "m" * 8 not in repr((keys, key))


def test_a_process_keeps_few_keys_and_not_for_long() -> None:
    keys = PersonalKeys(Sealer.of(b"m" * 32), most=2)
    owners = [new_id() for _ in range(3)]
    for owner in owners:
        keys.keep(owner, None)
    assert [keys.kept(owner) for owner in owners] == [None, (None,), (None,)]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("no_match", True), ("signed_out_elsewhere", True), ("locked", True), ("fired", False), ("ill for months", False)],
)  # fmt: skip
def test_only_the_portal_s_own_words_stay_in_clear(reason: str, *, code: bool) -> None:
    assert is_code(reason) is code


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
