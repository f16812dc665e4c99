"""Explanations of what the tables hold: endings, offers, and one answer for guards and screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.access.rules.decisions import Reason
from tests.access.conftest import AddPerson, House
from tests.access.looking import IN_FINANCE, access, explained, in_minutes, permit

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


def test_an_explanation_remembers_what_has_ended(
    portal: Portal, house: House, maya: User, clock: MovableClock
) -> None:
    clerk = house.role("clerk", ledger=["read"])
    house.give(maya, clerk, expires_at=(end := in_minutes(clock, 5)))
    ends = explained(portal, maya, "read", "ledger")
    assert (ends.permitted, ends.changes_at) == (True, end)
    clock.advance(minutes=6)
    ended = explained(portal, maya, "read", "ledger")
    assert (ended.reason, [one.kind for one in ended.remedies]) == (Reason.ENDED, ["extend"])


def test_an_explanation_offers_the_roles_that_would_do(portal: Portal, house: House, maya: User) -> None:
    house.role("clerk")
    permit(house, "clerk", "ledger", IN_FINANCE)
    house.role("boss", ledger=["admin"])
    decision = explained(portal, maya, "read", "ledger")
    assert [(one.role, one.is_conditional) for one in decision.remedies] == [("boss", False), ("clerk", True)]
    assert explained(portal, maya, "read", "nowhere").reason is Reason.UNKNOWN_RESOURCE


def test_explanation_and_guard_give_one_answer(portal: Portal, house: House, maya: User) -> None:
    for action in ("create", "read", "update", "delete", "admin"):
        for resource in ("user", "audit", "settings", "nowhere"):
            for person in (house.ada, maya):
                told = explained(portal, person, action, resource).permitted
                assert told is access(portal, person).permits(action, resource)
