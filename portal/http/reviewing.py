"""The people of a review, as doors show them: how they have it, who gave it, and when they last used it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import (
    AccessReview,
    AccessReviewItem,
    AccessReviews,
    Holding,
    Progress,
    Verdicts,
)
from portal.accounts.services import User
from portal.grants.repository.uses import Uses
from portal.infra.repository import PAGE_SIZE, Page

LONGEST_SPAN_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of the review."""

    item: AccessReviewItem
    user: User
    holding: Holding
    given_by: str
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page of a review's people, and how far the review is."""

    found: Page[AccessReviewItem]
    members: list[Member]
    progress: Progress
    came_later: int
    uses_apps: bool
    """Whether "last used" is said by apps that the role opens, and not by sign-ins only."""


def people_of_review(
    session: Session,
    review: AccessReview,
    *,
    at: datetime,
    verdict: Verdicts | None = None,
    unused_days: int | None = None,
    before: UUID | None = None,
    after: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Shown:
    """A page of them by name, in a handful of statements however many people there are; with `unused_days` only who
    has not used it for so long.
    """
    reviews, uses = AccessReviews(session), Uses(session, review.target)
    uses_apps = uses.are_known()
    since = at - timedelta(days=unused_days) if unused_days else None
    found = reviews.items(
        review.id,
        verdict=verdict,
        unused_since=since,
        used_by=uses.by(since=since) if since and uses_apps else None,
        before=before,
        after=after,
        size=size,
    )
    ids = [item.user_id for item in found.items]
    holdings = reviews.holdings(review.target, ids, at=at)
    people = AccessRequests(session).people({*ids, *(one.given_by for one in holdings.values())})
    used = uses.last_of(ids) if uses_apps else {}

    def member(item: AccessReviewItem) -> Member:
        user, holding = people[item.user_id], holdings.get(item.user_id, Holding())
        giver = people.get(holding.given_by) if holding.given_by else None
        return Member(
            item=item,
            user=user,
            holding=holding,
            given_by=giver.display_name if giver else "",
            last_used_at=used.get(user.id) if uses_apps else user.last_sign_in_at,
        )

    return Shown(
        found=found,
        members=[member(item) for item in found.items],
        progress=reviews.progress(review, at=at),
        came_later=reviews.came_later(review, at=at),
        uses_apps=uses_apps,
    )
