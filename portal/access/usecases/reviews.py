"""Looking again at who has access: a snapshot of everybody who had it, and a verdict on each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from portal.access.errors import NothingToReview, ReviewNotFound, ReviewOver
from portal.access.events import AccessReviewFinished, AccessReviewStarted
from portal.access.models import AccessReview, AccessReviewItem
from portal.access.repository.reviews import AccessReviews
from portal.access.repository.stewards import Stewards
from portal.access.rules import DEFAULT_ROLE
from portal.access.schemas.reviews import StartReview
from portal.access.services.reviews import ensure_may_review
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

REVIEW_MAIL: Final = "access_review_mail"
REMINDER: Final = timedelta(hours=16)
"""How long before the end of the due day the reviewer hears again: in its morning (UTC)."""


def start_review(uow: UnitOfWork, wish: StartReview) -> AccessReview:
    """Keep who holds the role, or is in the group, now; whoever comes later is no part of it.

    Raises:
        NothingToReview, Invalid, TooMuchToGive
    """
    target = _target(uow, wish)
    ensure_may_review(uow, target)
    uow.lock(f"access_review:{target.id}")
    reviews = AccessReviews(uow.session)
    if reviews.under_way(target.id):
        raise NothingToReview("A review of it is under way already. Finish that one first.")
    people = reviews.holders_by_name(target, at=uow.now)
    if not people:
        raise NothingToReview("Nobody has it, so there is nobody to look at.")
    reviewer = _reviewer(uow, wish, target)
    review = AccessReview(
        target_type=target.type,
        target_id=target.id,
        target_label=target.label,
        reviewer_id=reviewer.id,
        started_at=uow.now,
        started_by=uow.actor.id,
        due_at=wish.due_at,
    )
    uow.session.add(review)
    uow.session.flush()
    uow.session.execute(insert(AccessReviewItem), _items(review, people))
    after = {"reviewer": reviewer.username, "due_at": wish.due_at.isoformat(), "people": len(people)}
    uow.publish(AccessReviewStarted(touched=(review.ref, target, reviewer.ref), after=after))
    uow.enqueue(REVIEW_MAIL, {"review_id": str(review.id)})
    uow.enqueue(
        REVIEW_MAIL,
        {"review_id": str(review.id), "is_due": True},
        available_at=_reminded_at(wish.due_at, now=uow.now),
    )
    return review


def finish_review(uow: UnitOfWork, review_id: UUID, *, judges_all: bool = False) -> AccessReview:
    """Close it as it stands: whoever nobody looked at keeps what they have.

    Raises:
        ReviewNotFound, ReviewOver
    """
    review = open_review(uow, review_id, judges_all=judges_all)
    progress = AccessReviews(uow.session).progress(review, at=uow.now)
    review.finish(at=uow.now)
    after = {
        "kept": progress.kept,
        "ended": progress.ended,
        "gone": progress.gone,
        "left": progress.left,
    }
    uow.publish(AccessReviewFinished(touched=(review.ref, review.target), after=after))
    return review


def open_review(uow: UnitOfWork, review_id: UUID, *, judges_all: bool) -> AccessReview:
    """The review, locked, if whoever acts is its reviewer, or may update all reviews by the resolver's word.

    Raises:
        ReviewNotFound, ReviewOver
    """
    review = AccessReviews(uow.session).lock(review_id)
    if review is None or not (judges_all or review.is_reviewed_by(uow.actor.id)):
        raise ReviewNotFound
    if review.is_finished:
        raise ReviewOver
    return review


def _target(uow: UnitOfWork, wish: StartReview) -> Ref:
    found = Stewards(uow.session).still_there([Ref(wish.thing.type, wish.thing.id)])
    if not found:
        raise NothingToReview("Choose a role or a group from the list.")
    if found[0].type == "role" and found[0].label == DEFAULT_ROLE:
        raise NothingToReview("Everybody with an account holds this role, so there is nothing to decide.")
    return found[0]


def _reviewer(uow: UnitOfWork, wish: StartReview, target: Ref) -> User:
    """Who was named; or else whoever looks after it; or else whoever starts the review."""
    if wish.reviewer is not None:
        named = Users(uow.session).by_identifier(wish.reviewer)
        if named is None or not named.is_active:
            raise Invalid(
                "No active account has that username or address.", code="reviewer_unknown", field="reviewer"
            )
        return named
    stewards = Stewards(uow.session).of([target], most=1)
    if stewards:
        return stewards[0]
    starter = Users(uow.session).get(uow.actor.id) if uow.actor.id else None
    if starter is None:
        raise Invalid("Say who is to look.", code="reviewer_missing", field="reviewer")
    return starter


def _items(review: AccessReview, people: Sequence[UUID]) -> list[dict[str, UUID]]:
    """One row each. Lists show the greatest id first, so A gets the greatest."""
    ids = sorted((new_id() for _ in people), reverse=True)
    return [
        {"id": item_id, "review_id": review.id, "user_id": user_id}
        for item_id, user_id in zip(ids, people, strict=True)
    ]


def _reminded_at(due_at: datetime, *, now: datetime) -> datetime:
    return due_at - REMINDER if due_at - REMINDER > now else due_at
