"""Looking again at who has access: who starts it, who is part of it, and the end of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import (
    NothingToReview,
    ReviewOver,
    TooMuchToGive,
)
from portal.access.repository.reviews import AccessReviews
from portal.access.schemas.reviews import StartReview
from portal.access.usecases.reviews import finish_review, start_review
from portal.infra.actor import SYSTEM
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.ids import new_id
from tests.access.asking import acting, at_once

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.asking import Asking
    from tests.access.conftest import House
    from tests.access.reviewing import Reviewing
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


def test_a_review_is_of_everybody_who_has_it_now_in_whatever_way(
    reviewing: Reviewing,
    house: House,
    portal: Portal,
    clock: MovableClock,
    add_person: AddPerson,
    rosa: User,
    olga: User,
) -> None:
    role = house.role("on call")
    house.give(rosa, role)
    house.group("Platform", members=(olga,), roles=(role,))
    review = reviewing.start(role, reviewer=house.ada)
    later = add_person("later@example.org")
    house.give(later, role)
    with portal.reading() as session:
        reviews = AccessReviews(session)
        items = reviews.items(review.id).items
        ways = reviews.holdings(review.target, [item.user_id for item in items], at=clock.now())
        assert reviews.came_later(review, at=clock.now()) == 1
    assert [item.user_id for item in items] == [olga.id, rosa.id]  # by name
    assert (ways[rosa.id].is_direct, ways[olga.id].groups) == (True, ("Platform",))
    started = house.told("access_review.started")[-1]
    assert started.after_state == {
        "reviewer": house.ada.username, "due_at": "2031-12-24T23:59:59+00:00", "people": 2,
    }  # fmt: skip


def test_the_reviewer_is_named_or_looks_after_it_or_starts_it(
    reviewing: Reviewing, house: House, asking: Asking, rosa: User, olga: User
) -> None:
    owned = asking.role("owned", owner=olga)
    house.give(rosa, owned)
    assert reviewing.start(owned, by=house.ada).reviewer_id == olga.id
    orphan = house.role("orphan")
    house.give(rosa, orphan)
    assert reviewing.start(orphan, by=house.ada).reviewer_id == house.ada.id
    other = house.role("other")
    house.give(rosa, other)
    assert reviewing.start(other, by=house.ada, reviewer=rosa).reviewer_id == rosa.id


def test_what_nobody_or_everybody_has_is_not_reviewed(reviewing: Reviewing, house: House) -> None:
    for role in (house.role("empty"), house.built_in("user")):
        with pytest.raises(NothingToReview):
            reviewing.start(role)


def test_a_review_of_a_thing_is_started_once(reviewing: Reviewing, house: House, rosa: User) -> None:
    role = house.role("on call")
    house.give(rosa, role)
    outcomes = at_once(
        lambda: reviewing.start(role, reviewer=house.ada), lambda: reviewing.start(role, reviewer=house.ada)
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccessReview", "NothingToReview"]


def test_a_reviewer_has_to_exist(reviewing: Reviewing, house: House, portal: Portal, rosa: User) -> None:
    role = house.role("on call")
    house.give(rosa, role)
    wish = StartReview.model_validate(
        {"thing": f"role:{role.id}", "reviewer": "nobody", "due_at": "2031-12-24"}
    )
    with pytest.raises(Invalid) as unknown, portal.unit_of_work(acting(house.ada)) as uow:
        start_review(uow, wish)
    assert unknown.value.field == "reviewer"


def test_nobody_starts_a_review_of_more_than_they_may_take(
    reviewing: Reviewing, house: House, olga: User
) -> None:
    """Else whoever may start reviews could name themselves and take the administrators away."""
    house.give(olga, house.role("reviewers", access_review=["create", "update"]))
    with pytest.raises(TooMuchToGive):
        reviewing.start(house.built_in("administrator"), by=olga, reviewer=olga)


def test_a_finished_review_stays_as_it_is(
    reviewing: Reviewing, house: House, portal: Portal, rosa: User, olga: User
) -> None:
    role = house.role("on call")
    house.give(rosa, role)
    review = reviewing.start(role, reviewer=olga)
    with portal.unit_of_work(acting(olga)) as uow:
        finish_review(uow, review.id)
    told = house.told("access_review.finished")[-1]
    assert told.after_state == {"kept": 0, "ended": 0, "gone": 0, "left": 1}
    with pytest.raises(ReviewOver):
        reviewing.judge(olga, review, "end", rosa)
    assert reviewing.start(role, reviewer=olga).id != review.id


def test_people_who_did_not_use_it_are_found(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    role = house.role("on call")
    for person, days in ((rosa, 100), (olga, 3)):
        house.give(person, role)
        with portal.unit_of_work(SYSTEM) as uow:
            uow.session.merge(person).last_sign_in_at = clock.now() - timedelta(days=days)
    review = reviewing.start(role, reviewer=house.ada)
    with portal.reading() as session:
        idle = AccessReviews(session).items(review.id, unused_since=clock.now() - timedelta(days=90)).items
    assert [item.user_id for item in idle] == [rosa.id]


def test_a_crowd_is_walked_through_page_by_page(
    reviewing: Reviewing, house: House, portal: Portal, add_person: AddPerson, olga: User
) -> None:
    group = house.group(
        "Crowd", members=tuple(add_person(f"p{n:02}@example.org", name=f"P{n:02}") for n in range(7))
    )
    review = reviewing.start(group, reviewer=olga)
    seen, mark = [], None
    with portal.reading() as session:
        reviews = AccessReviews(session)
        for _ in range(3):
            page = reviews.items(review.id, before=mark, size=3)
            seen += [session.get_one(type(olga), item.user_id).name for item in page.items]
            mark = page.older
    assert seen == [f"P{n:02}" for n in range(7)]
    assert mark is None


def test_nothing_is_reviewed_that_is_not_there(portal: Portal, house: House) -> None:
    missing = Ref("role", new_id())
    wish = StartReview.model_validate({"thing": f"role:{missing.id}", "due_at": "2031-12-24"})
    with pytest.raises(NothingToReview), portal.unit_of_work(acting(house.ada)) as uow:
        start_review(uow, wish)
