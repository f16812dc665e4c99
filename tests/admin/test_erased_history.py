"""What the console still says of somebody who was erased: that things happened, and nothing of the person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.access.schemas import AddMember, CreateGroup
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.audit.rules.personal import ERASED
from portal.jobs.sealing import keeper_of
from tests.admin.conftest import Operator, shown
from tests.admin.pasts import act, history, pause, rename
from tests.audit.people import erase
from tests.audit.steps import sign, verify

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.portals import MovableClock

OF_DEVON = ("Devon Reyes", "devon@", "Devon Renamed", "Left for good")


@pytest.fixture
def past(maya: Operator, devon: Operator, clock: MovableClock) -> tuple[str, UUID]:
    """Devon was renamed, disabled and let in again, and came into a group; a moment before all that, and the group."""
    before = pause(clock)
    rename(maya.portal, devon.person, "Devon Renamed")
    act(maya.portal, disable_user, devon.person.id, DisableUser(reason="Left for good"))
    act(maya.portal, enable_user, devon.person.id)
    press = act(maya.portal, create_group, CreateGroup(name="Press"))
    act(maya.portal, add_member, press.id, AddMember(user_id=devon.person.id, reason="Left for good"))
    clock.advance(minutes=5)
    return before, press.id


def test_the_log_keeps_what_happened_and_says_nothing_of_the_person(
    maya: Operator, devon: Operator, past: tuple[str, UUID]
) -> None:
    of_devon = f"/admin/audit?subject={devon.person.id}"
    assert all(words in maya.page(of_devon) for words in ("Devon Renamed", "Left for good"))
    keeper_of(maya.portal).seal_waiting()
    copies = [sign(maya.portal)]
    erase(maya.portal, devon.person.id)
    page = maya.page(of_devon)
    assert not [words for words in OF_DEVON if words in page]
    for sentence in (
        f"disabled {ERASED}",
        f"added {ERASED} to the group Press",
        "erased what the audit log said of a person",
    ):
        assert sentence in shown(page), sentence
    for entry in set(_entries(page)):
        text = maya.page(entry)
        assert not [words for words in OF_DEVON if words in text], entry
        assert ERASED in text
    exported = maya.send(f"/admin/audit/export?subject={devon.person.id}", {"format": "jsonl"}).text
    assert exported.count(ERASED) >= 5
    assert not [words for words in OF_DEVON if words in exported]
    assert shown(maya.page("/admin/audit?reason=left+for")).count("No events match") == 1
    keeper_of(maya.portal).seal_waiting()
    assert verify(maya.portal, copies).problem is None


def test_how_the_person_was_nobody_can_say_and_nobody_can_bring_back(
    maya: Operator, devon: Operator, past: tuple[str, UUID]
) -> None:
    """Undoing changes that are gone would show today's values as those of then."""
    before, _ = past
    path = history("user", devon.person.id)
    assert "Name Devon Reyes" in shown(maya.page(f"{path}?at={before}"))
    erase(maya.portal, devon.person.id)
    then = shown(maya.page(f"{path}?at={before}"))
    assert "Nobody can say how it was" in then
    assert "Name Devon" not in then
    assert "Restore this state" not in then
    assert maya.get(f"{path}/restore?at={before}").status_code == 404
    assert "What changed in between was erased with the person" in shown(
        maya.page(f"{path}?compare={before}")
    )
    assert "Name Devon Renamed" in shown(maya.page(path)), "the account itself is not the log"


def test_what_others_did_and_were_is_as_it_was(
    maya: Operator, devon: Operator, past: tuple[str, UUID]
) -> None:
    before, press = past
    erase(maya.portal, devon.person.id)
    group = shown(maya.page(history("group", press)))
    assert "Name Press" in group
    assert f"added {ERASED} to the group Press" in group
    assert "It was not there" in shown(maya.page(f"{history('group', press)}?at={before}"))
    maya.page(history("user", maya.person.id))
    assert "maya" in shown(maya.page(f"/admin/audit?actor={maya.person.id}"))


def _entries(page: str) -> list[str]:
    """The permalinks of the entries on a page."""
    return re.findall(r'href="(/admin/audit/[0-9a-f-]{36})"', page)
