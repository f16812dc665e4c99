"""Asking for a role, a group or an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import (
    AccessRequestNotFound,
    AlreadyAsked,
    AlreadyHeld,
    NotRequestable,
    RequestDecided,
    TooManyRequests,
)
from portal.access.models import Role
from portal.access.rules.requests import MOST_OPEN_REQUESTS, Wanted
from portal.access.schemas.requests import AskForAccess
from portal.access.usecases.requests import request_access, withdraw_request
from portal.infra.events import Ref
from portal.infra.ids import new_id
from tests.access.asking import acting, at, at_once, kept, roles_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.asking import Asking
    from tests.access.conftest import House
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


def test_a_request_waits_and_is_told(asking: Asking, house: House, rosa: User) -> None:
    request = asking.ask(rosa, asking.role(), until="2031-12-24")
    assert (request.state, request.wished_until, request.reason) == (
        "open", at("2031-12-24"), "On call this week",
    )  # fmt: skip
    entry = house.told("access_request.opened")[-1]
    assert [subject.resource_type for subject in entry.subjects] == ["access_request", "user", "role"]
    assert (entry.actor_id, entry.reason) == (rosa.id, "On call this week")
    assert entry.after_state == {"state": "open", "wished_until": "2031-12-24T23:59:59+00:00"}


def test_one_open_request_for_a_thing_is_enough(asking: Asking, rosa: User) -> None:
    role = asking.role()
    asking.ask(rosa, role)
    with pytest.raises(AlreadyAsked):
        asking.ask(rosa, role)


def test_two_tabs_that_ask_at_once_make_one_request(asking: Asking, portal: Portal, rosa: User) -> None:
    role = asking.role()
    outcomes = at_once(lambda: asking.ask(rosa, role), lambda: asking.ask(rosa, role))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccessRequest", "AlreadyAsked"]


def test_nobody_has_more_open_requests_than_anybody_needs(asking: Asking, rosa: User) -> None:
    for number in range(MOST_OPEN_REQUESTS):
        asking.ask(rosa, asking.role(f"role {number}"))
    with pytest.raises(TooManyRequests):
        asking.ask(rosa, asking.role("one more"))


def test_only_what_was_opened_to_requests_can_be_asked_for(asking: Asking, house: House, rosa: User) -> None:
    for role in (asking.role(is_requestable=False), house.built_in("administrator")):
        with pytest.raises(NotRequestable):
            asking.ask(rosa, role)
    with pytest.raises(NotRequestable):
        asking.ask(rosa, Role(id=new_id(), name="nothing", created_at=at("2020-01-01")))


def test_an_app_can_be_asked_for_only_where_the_door_found_it_closed(asking: Asking, rosa: User) -> None:
    app = Ref("client", new_id(), "Ledger")
    other = Ref("client", new_id(), "Wiki")
    wish = AskForAccess(thing=Wanted("client", app.id), reason="For the reports")
    for closed in (None, other):
        with pytest.raises(NotRequestable), asking.portal.unit_of_work(acting(rosa)) as uow:
            request_access(uow, wish, app=closed)


def test_what_somebody_has_they_need_not_ask_for(asking: Asking, house: House, rosa: User) -> None:
    role = asking.role()
    house.give(rosa, role)
    with pytest.raises(AlreadyHeld):
        asking.ask(rosa, role)
    by_group = asking.role("by group")
    house.group("Platform", members=(rosa,), roles=(by_group,))
    with pytest.raises(AlreadyHeld):
        asking.ask(rosa, by_group)


def test_what_has_ended_may_be_asked_for_again(
    asking: Asking, house: House, portal: Portal, clock: MovableClock, rosa: User
) -> None:
    role = asking.role()
    house.give(rosa, role, expires_at=clock.now().replace(year=clock.now().year + 1))
    clock.advance(days=400)
    request = asking.ask(rosa, role)
    asking.approve(house.ada, request.id, decides_on_all=True)
    assert "on call" in roles_of(portal, rosa, clock)


def test_a_request_can_be_taken_back_once_and_by_nobody_else(
    asking: Asking, portal: Portal, rosa: User, olga: User
) -> None:
    request = asking.ask(rosa, asking.role())
    with pytest.raises(AccessRequestNotFound), portal.unit_of_work(acting(olga)) as uow:
        withdraw_request(uow, request.id)
    with portal.unit_of_work(acting(rosa)) as uow:
        withdraw_request(uow, request.id)
    assert kept(portal, request).state == "withdrawn"
    with pytest.raises(RequestDecided), portal.unit_of_work(acting(rosa)) as uow:
        withdraw_request(uow, request.id)
