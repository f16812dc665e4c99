"""The keys of people: made once, bound to their place, and never used unless they are kept."""

from typing import TYPE_CHECKING

import pytest

from portal.audit.rules.personal import is_code
from portal.infra.actor import SYSTEM, Actor
from portal.infra.crypto.personal import PersonalKeys
from portal.infra.crypto.sealing import SealBroken, Sealer
from portal.infra.events import Ref
from portal.infra.ids import new_id
from tests.support.crowds import at_once
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal
from tests.audit.people import DEVON, MAYA, OF_DEVON, Moved, move


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


def test_many_who_write_of_one_person_first_agree_on_a_key(portal: "Portal") -> None:
    at_once(20, lambda _: move(portal, Actor(kind="anonymous", label="Visitor", ip="198.51.100.9")))
    entries = history(portal, "test.moved")
    assert len(entries) == 20
    assert {(entry.resource_label, entry.ip) for entry in entries} == {("devon.reyes", "198.51.100.9")}


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


def test_a_key_of_an_undone_savepoint_seals_nothing(portal: "Portal") -> None:
    """A preview rehearses a change in a savepoint and commits the rest; an import undoes the lines that fail."""
    with portal.unit_of_work(SYSTEM) as uow:
        savepoint = uow.session.begin_nested()
        uow.publish(Moved(touched=(OF_DEVON,)))
        savepoint.rollback()
        uow.publish(Moved(touched=(Ref("user", DEVON, "devon.reyes"),)))
    with portal.unit_of_work(SYSTEM) as uow:
        savepoint = uow.session.begin_nested()
        uow.publish(Moved(touched=(Ref("user", MAYA, "maya.okafor"),)))
        savepoint.rollback()
    move(portal)
    entries = history(portal, "test.moved")
    assert [entry.resource_label for entry in entries] == ["devon.reyes", "devon.reyes"]
    assert entries[-1].actor_label == "maya.okafor"


def test_a_key_of_a_savepoint_counts_only_once_the_unit_is_committed(portal: "Portal") -> None:
    def fail() -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            with uow.session.begin_nested():
                uow.publish(Moved(touched=(OF_DEVON,)))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    move(portal)
    assert history(portal, "test.moved")[0].resource_label == "devon.reyes"
