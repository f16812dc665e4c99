"""Verdicts of a review: who keeps what they have, and whose access ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from portal.access.errors import ReviewNotFound
from portal.access.events import AccessEnded, AccessKept
from portal.access.models import AccessReview, AccessReviewItem
from portal.access.repository import Groups, Roles
from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import AccessReviews, Holding
from portal.access.rules import ACCESS
from portal.access.schemas.reviews import JudgeMembers
from portal.access.services.giving import remove_from_group, take_role_from
from portal.access.services.reviews import ensure_may_review
from portal.access.usecases.reviews import open_review
from portal.accounts.models import User
from portal.infra.unit_of_work import UnitOfWork

GONE: Final = "has lost it meanwhile"
BY_GROUP: Final = "holds it by a group: {groups}"
OWN: Final = "is you: somebody else looks at your own access"


class LeftOut(NamedTuple):
    """Somebody for whom the verdict could not be given."""

    name: str
    why: str
    item_id: UUID


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of it: for how many it was done, and who was left out and why."""

    done: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def judge_members(
    uow: UnitOfWork, review_id: UUID, wish: JudgeMembers, *, judges_all: bool = False
) -> Judged:
    """One verdict for several people. Whoever the reviewer can't judge is left out and named; an end that would leave
    no administrator undoes all of it.

    Raises:
        ReviewNotFound, ReviewOver, LastAdministrator
        TooMuchToGive: not the reviewer, and it permits more than they may hand out or take.
    """
    uow.lock(ACCESS)
    review = open_review(uow, review_id, judges_all=judges_all)
    if wish.verdict == "end" and not review.is_reviewed_by(uow.actor.id):
        ensure_may_review(uow, review.target)
    reviews = AccessReviews(uow.session)
    items = reviews.chosen(review.id, wish.items)
    if len(items) < len(wish.items):
        raise ReviewNotFound
    ids = [item.user_id for item in items]
    people = AccessRequests(uow.session).people(ids)
    holdings = reviews.holdings(review.target, ids, at=uow.now)
    done, left_out = 0, list[LeftOut]()
    for item in items:
        person, holding = people[item.user_id], holdings.get(item.user_id, Holding())
        obstacle = _obstacle(uow, item, holding, wish)
        if obstacle:
            left_out.append(LeftOut(person.display_name, obstacle, item.id))
        else:
            _judge(uow, review, item, person=person, wish=wish)
            done += 1
    return Judged(done=done, left_out=left_out)


def _obstacle(uow: UnitOfWork, item: AccessReviewItem, holding: Holding, wish: JudgeMembers) -> str:
    if holding.is_gone:
        return GONE
    if wish.verdict == "keep":
        return OWN if item.user_id == uow.actor.id else ""
    return "" if holding.is_direct else BY_GROUP.format(groups=", ".join(holding.groups))


def _judge(
    uow: UnitOfWork, review: AccessReview, item: AccessReviewItem, *, person: User, wish: JudgeMembers
) -> None:
    before = {"verdict": item.verdict}
    item.judge(wish.verdict, by=uow.actor.id, note=wish.note, at=uow.now)
    event: Callable[..., AccessKept | AccessEnded] = AccessKept
    if wish.verdict == "end":
        event = AccessEnded
        _end(uow, review, person, reason=f"Review: {wish.note}"[:300] if wish.note else "Ended in a review")
    uow.publish(
        event(
            touched=(review.ref, person.ref, review.target),
            before=before,
            after={"verdict": wish.verdict},
            reason=wish.note,
        )
    )


def _end(uow: UnitOfWork, review: AccessReview, person: User, *, reason: str) -> None:
    if review.target_type == "role" and (role := Roles(uow.session).get(review.target_id)):
        take_role_from(uow, person.ref, role, reason=reason)
    elif review.target_type == "group" and (group := Groups(uow.session).get(review.target_id)):
        remove_from_group(uow, group, person.ref, reason=reason)
