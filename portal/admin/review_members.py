"""The people of a review, as its page shows them and asks about them."""

from typing import Final
from uuid import UUID

from flask import Response, request

from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import AccessReview, AccessReviews, Holding, Verdicts
from portal.accounts.repository import Users
from portal.admin.console import Filters, choice, cursor, may, now, page
from portal.admin.stewards import visitor
from portal.http.context import reading
from portal.http.reviewing import LONGEST_SPAN_DAYS, people_of_review

VERDICTS: Final[dict[str, Verdicts]] = {"left": "left", "keep": "keep", "end": "end"}
SPANS: Final = (7, 30, 60, 90, 180, 365)


def unused_days() -> int | None:
    """The filter of the address: nobody who used it within so many days."""
    text = request.args.get("unused", "")
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    return days if 0 < days <= LONGEST_SPAN_DAYS else None


def members_page(review: AccessReview, *, status: int = 200, problems: list[str] | None = None) -> Response:
    """The walk: people page by page, with a verdict for one or for several."""
    days, verdict = unused_days(), choice("verdict", VERDICTS)
    filters = Filters(
        "admin_reviews.detail", review_id=review.id, verdict=verdict, unused=str(days) if days else None
    )
    with reading() as session:
        shown = people_of_review(session, review, at=now(), verdict=verdict, unused_days=days, **cursor())
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
