"""Leases: one holder at a time, who is replaced when it is over, and never before."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.leases import give_lease_back, lease, take_lease

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

LASTING = timedelta(seconds=15)


def take(portal: Portal, holder: UUID) -> bool:
    with portal.unit_of_work(SYSTEM) as uow:
        return take_lease(uow, "beat", holder=holder, lasting=LASTING)


def test_the_next_one_has_it_when_it_is_over_and_not_before(portal: Portal, clock: MovableClock) -> None:
    one, other = new_id(), new_id()
    assert take(portal, one)
    assert not take(portal, other)
    clock.advance(seconds=10)
    assert take(portal, one)
    clock.advance(seconds=10)
    assert not take(portal, other), "it was renewed"
    clock.advance(seconds=6)
    assert take(portal, other)
    assert not take(portal, one), "who was away for long does not lead any more"


def test_what_is_given_back_is_free_at_once_and_only_by_its_holder(portal: Portal) -> None:
    one, other = new_id(), new_id()
    assert take(portal, one)
    with portal.unit_of_work(SYSTEM) as uow:
        give_lease_back(uow, "beat", holder=other)
    assert not take(portal, other)
    with portal.unit_of_work(SYSTEM) as uow:
        give_lease_back(uow, "beat", holder=one)
    assert take(portal, other)


def test_of_many_who_reach_for_it_at_once_one_gets_it(portal: Portal) -> None:
    holders = [new_id() for _ in range(4)]
    got: list[UUID] = []
    start = Barrier(len(holders))

    def reach(holder: UUID) -> None:
        start.wait()
        if take(portal, holder):
            got.append(holder)

    threads = [Thread(target=reach, args=(holder,)) for holder in holders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    with portal.reading() as session:
        held = lease(session, "beat")
    assert held is not None
    assert held.holder == got[0]
