"""The verdicts of a review, one by one and several at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import (
    LastAdministrator,
    ReviewNotFound,
)
from portal.access.repository.reviews import AccessReviews, Progress
from portal.access.schemas.reviews import JudgeMembers
from portal.access.usecases.judging import Judged, judge_members
from portal.access.usecases.reviews import finish_review
from tests.access.asking import acting, at_once, roles_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.conftest import House
    from tests.access.reviewing import Reviewing
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


def named(judged: Judged) -> list[tuple[str, str]]:
    """Who was left out, and why."""
    return [(one.name, one.why) for one in judged.left_out]


def test_a_reviewer_without_any_permission_keeps_and_ends(
    reviewing: Reviewing,
    house: House,
    portal: Portal,
    clock: MovableClock,
    add_person: AddPerson,
    rosa: User,
    olga: User,
) -> None:
    role, sam = house.role("on call"), add_person("sam@example.org", name="Sam")
    for person in (rosa, sam):
        house.give(person, role)
    review = reviewing.start(role, reviewer=olga)
    assert reviewing.judge(olga, review, "keep", rosa).done == 1
    assert reviewing.judge(olga, review, "end", sam).done == 1
    assert ("on call" in roles_of(portal, rosa, clock), "on call" in roles_of(portal, sam, clock)) == (
        True,
        False,
    )
    taken, ended = house.told("role.unassigned")[-1], house.told("access_review.ended")[-1]
    assert (taken.actor_id, taken.reason) == (olga.id, "Review: Left the team")
    assert (ended.before_state, ended.after_state) == ({"verdict": None}, {"verdict": "end"})
    assert house.told("access_review.kept")[-1].user_id == rosa.id
    assert reviewing.progress(review, clock) == Progress(total=2, kept=1, ended=1)


def test_members_of_a_group_are_reviewed_too(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    group = house.group("Platform", members=(rosa,), roles=(house.role("on call"),))
    review = reviewing.start(group, reviewer=olga)
    assert reviewing.judge(olga, review, "end", rosa).done == 1
    assert roles_of(portal, rosa, clock) == ["user"]
    assert house.told("group.member_removed")[-1].reason == "Review: Left the team"


def test_who_holds_it_by_a_group_is_named_and_left(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    role = house.role("on call")
    house.group("Platform", members=(rosa,), roles=(role,))
    review = reviewing.start(role, reviewer=olga)
    judged = reviewing.judge(olga, review, "end", rosa)
    assert (judged.done, named(judged)) == (0, [("Rosa Diaz", "holds it by a group: Platform")])
    assert "on call" in roles_of(portal, rosa, clock)


def test_who_lost_it_meanwhile_needs_no_verdict(
    reviewing: Reviewing, house: House, clock: MovableClock, add_person: AddPerson, rosa: User, olga: User
) -> None:
    role, sam = house.role("on call"), add_person("sam@example.org", name="Sam")
    house.give(rosa, role, expires_at=clock.now() + timedelta(days=1))
    house.give(sam, role)
    review = reviewing.start(role, reviewer=olga)
    clock.advance(days=2)
    assert reviewing.progress(review, clock) == Progress(total=2, kept=0, ended=0, gone=1)
    judged = reviewing.judge(olga, review, "keep", rosa, sam)
    assert (judged.done, named(judged)) == (1, [("Rosa Diaz", "has lost it meanwhile")])
    assert reviewing.progress(review, clock).left == 0


def test_nobody_keeps_their_own_access(reviewing: Reviewing, house: House, olga: User) -> None:
    role = house.role("on call")
    house.give(olga, role)
    review = reviewing.start(role, reviewer=olga)
    assert reviewing.judge(olga, review, "keep", olga).done == 0
    assert reviewing.judge(house.ada, review, "keep", olga, judges_all=True).done == 1


def test_the_last_administrator_stays_and_so_does_everybody_else_of_the_same_go(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, add_person: AddPerson
) -> None:
    bo = add_person("bo@example.org", administrator=True)
    review = reviewing.start(house.built_in("administrator"), reviewer=house.ada)
    with pytest.raises(LastAdministrator):
        reviewing.judge(house.ada, review, "end", house.ada, bo)
    assert "administrator" in roles_of(portal, bo, clock)
    assert reviewing.progress(review, clock) == Progress(total=2, kept=0, ended=0)


def test_two_reviewers_who_end_one_another_leave_an_administrator(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, add_person: AddPerson
) -> None:
    bo = add_person("bo@example.org", administrator=True)
    review = reviewing.start(house.built_in("administrator"), reviewer=house.ada)
    at_once(
        lambda: reviewing.judge(house.ada, review, "end", bo),
        lambda: reviewing.judge(bo, review, "end", house.ada, judges_all=True),
    )
    held = [("administrator" in roles_of(portal, person, clock)) for person in (house.ada, bo)]
    assert sorted(held) == [False, True]


def test_a_review_is_nobody_elses_affair(
    reviewing: Reviewing, house: House, portal: Portal, rosa: User, olga: User
) -> None:
    role, other = house.role("on call"), house.role("another")
    for one in (role, other):
        house.give(rosa, one)
    theirs, foreign = reviewing.start(role, reviewer=olga), reviewing.start(other, reviewer=house.ada)
    with pytest.raises(ReviewNotFound):
        reviewing.judge(olga, foreign, "keep", rosa)
    with portal.reading() as session:
        item = AccessReviews(session).items(foreign.id).items[0]
    wish = JudgeMembers(items=(item.id,), verdict="end")
    with pytest.raises(ReviewNotFound), portal.unit_of_work(acting(olga)) as uow:
        judge_members(uow, theirs.id, wish)  # a person of another review
    with pytest.raises(ReviewNotFound), portal.unit_of_work(acting(rosa)) as uow:
        finish_review(uow, theirs.id)
