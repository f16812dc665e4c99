"""The people of a review, as its page shows them: how they have it, who gave it, and when they last used it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Response, request
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
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import Filters, choice, cursor, may, now, page
from portal.admin.stewards import visitor
from portal.grants.repository.uses import Uses
from portal.http.context import reading
from portal.infra.repository import Page

VERDICTS: Final[dict[str, Verdicts]] = {"left": "left", "keep": "keep", "end": "end"}
SPANS: Final = (7, 30, 60, 90, 180, 365)
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


def unused_days() -> int | None:
    """The filter of the address: nobody who used it within so many days."""
    text = request.args.get("unused", "")
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    return days if 0 < days <= LONGEST_SPAN_DAYS else None


def read_page(session: Session, review: AccessReview) -> Shown:
    """What the address asks for, in a handful of statements however many people there are."""
    reviews, uses, at, days = AccessReviews(session), Uses(session, review.target), now(), unused_days()
    uses_apps = uses.are_known()
    since = at - timedelta(days=days) if days else None
    found = reviews.items(
        review.id,
        verdict=choice("verdict", VERDICTS),
        unused_since=since,
        used_by=uses.by(since=since) if since and uses_apps else None,
        **cursor(),
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


def members_page(review: AccessReview, *, status: int = 200, problems: list[str] | None = None) -> Response:
    """The walk: people page by page, with a verdict for one or for several."""
    days, verdict = unused_days(), choice("verdict", VERDICTS)
    filters = Filters(
        "admin_reviews.detail", review_id=review.id, verdict=verdict, unused=str(days) if days else None
    )
    with reading() as session:
        shown = read_page(session, review)
        reviewer = Users(session).get(review.reviewer_id) if review.reviewer_id else None
    spans = sorted({*SPANS, days} - {None}) if days else list(SPANS)
    return page(
        "admin/reviews/detail.html",
        "results",
        status=status,
        review=review,
        shown=shown,
        reviewer=reviewer,
        may_judge=not review.is_finished
        and (may("update", "access_review") or review.is_reviewed_by(visitor().user_id)),
        problems=problems or [],
        verdict=verdict,
        unused=days,
        spans=[("", "Used at any time"), *((str(span), f"Not used for {span} days") for span in spans)],
        filters=filters,
        turns=filters.turns(shown.found),
    )


def confirmation(review: AccessReview, item_ids: list[UUID], note: str) -> Response:
    """What will happen to whom, before it does."""
    with reading() as session:
        reviews = AccessReviews(session)
        items = reviews.chosen(review.id, item_ids)
        ids = [item.user_id for item in items]
        holdings = reviews.holdings(review.target, ids, at=now())
        people = AccessRequests(session).people(ids)
    rows = [(item, people[item.user_id], holdings.get(item.user_id, Holding())) for item in items]
    return page("admin/reviews/end.html", review=review, rows=rows, note=note)
