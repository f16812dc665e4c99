"""Looking again at who has access: started by operators, judged person by person by whoever was asked to look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from portal.access.errors import ReviewNotFound
from portal.access.repository.reviews import AccessReview, AccessReviews, Progress
from portal.access.schemas.reviews import JudgeMembers, StartReview
from portal.access.usecases.judging import judge_members
from portal.access.usecases.reviews import finish_review, start_review
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, View
from portal.api.v1.access_requests.room import TargetView
from portal.api.v1.parts import PersonView, people_by_id, places
from portal.http.bearer import Bearer
from portal.http.context import reading
from portal.http.reviewing import LONGEST_SPAN_DAYS, Member, people_of_review

reviews: Final = Room(
    "Access reviews",
    "Rounds in which somebody looks again at everybody who holds a role or is in a group.",
)

RESOURCE: Final = "access_review"
PATH: Final = "/access-reviews/<uuid:review_id>"


class ProgressView(View):
    """How far a review is, counted in people."""

    total: int
    kept: int
    ended: int
    gone: int = Field(
        description="Who lost it meanwhile without a verdict. Lists of reviews count them as left."
    )
    left: int


class ReviewView(View):
    """A walk through everybody who held a role, or was in a group, when it began."""

    id: UUID
    target: TargetView = Field(description="A role or a group, under the name that it had at the start.")
    reviewer: PersonView | None = Field(description="Who is to look; null where the account is gone.")
    state: str = Field(description="`open` or `finished`.", examples=["open"])
    started_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    progress: ProgressView


class ReviewedView(View):
    """One person of a review, and how they hold what is looked at now."""

    id: UUID = Field(description="Of the person's place in the review: what a verdict names.")
    person: PersonView
    verdict: str | None = Field(description="`keep` or `end`; null until somebody has looked.")
    note: str | None
    decided_at: datetime | None
    is_gone: bool = Field(description="Whether they have lost it meanwhile.")
    is_direct: bool = Field(description="Whether it was given to them by name; what a verdict can end.")
    groups: list[str] = Field(description="The groups by which they hold the role.")
    since: datetime | None
    until: datetime | None
    given_by: str | None
    reason: str | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, member: Member) -> "ReviewedView":
        item, holding = member.item, member.holding
        return cls(
            id=item.id,
            person=PersonView.of(member.user),
            verdict=item.verdict,
            note=item.note,
            decided_at=item.decided_at,
            is_gone=holding.is_gone,
            is_direct=holding.is_direct,
            groups=list(holding.groups),
            since=holding.since,
            until=holding.until,
            given_by=member.given_by or None,
            reason=holding.reason,
            last_used_at=member.last_used_at,
        )


class LeftOutView(View):
    """Somebody for whom the verdict could not be given."""

    id: UUID
    name: str
    why: str = Field(examples=["has lost it meanwhile"])


class JudgedView(View):
    """What came of a verdict."""

    done: int
    left_out: list[LeftOutView]


class ReviewQuery(ListQuery):
    """Which reviews."""

    state: Annotated[Literal["open", "finished"] | None, Field(description="Both, unless said.")] = None


class ReviewedQuery(ListQuery):
    """Which people of it."""

    verdict: Annotated[
        Literal["left", "keep", "end"] | None, Field(description="`left`: nobody has looked yet.")
    ] = None
    unused_days: Annotated[
        int | None, Field(ge=1, le=LONGEST_SPAN_DAYS, description="Only who has not used it for so long.")
    ] = None


def reviews_something(bearer: Bearer, _parts: Mapping[str, Any]) -> bool:
    """Whether any review, finished ones too, is this person's."""
    with reading() as session:
        return bool(AccessReviews(session).page(reviewer=bearer.user_id, size=1).items)


@reviews.get(
    "/access-reviews", scope="reviews:read", permission=("read", RESOURCE), concerns=reviews_something,
    query=ReviewQuery, returns=ReviewView, is_list=True,
)  # fmt: skip
def list_access_reviews(call: Call[ReviewQuery, None]) -> Listing[ReviewView]:
    """Reviews, the newest first: all of them; or, for who may not read all, those that are theirs to do."""
    rows = AccessReviews(call.session)
    own = None if call.bearer.may("read", RESOURCE) else call.bearer.user_id
    found = rows.page(state=call.query.state, reviewer=own, size=call.query.limit, **places(call.turn))
    progress = rows.progress_of([row.id for row in found.items])
    people = people_by_id(call, [row.reviewer_id for row in found.items])
    items = [
        _view(row, people, progress.get(row.id, Progress(total=0, kept=0, ended=0))) for row in found.items
    ]
    return Listing(items=items, older=found.older, newer=found.newer)


@reviews.post(
    "/access-reviews", scope="reviews:write", permission=("create", RESOURCE), body=StartReview, returns=ReviewView
)  # fmt: skip
def start_access_review(call: Call[Nothing, StartReview]) -> Created[ReviewView]:
    """Begin a review of a role or a group.

    Everybody who has it now is part of it. `reviewer` is a username or an address; where none is named, it is whoever
    looks after the role or group, or else who starts the review. They get a mail. Nobody lets others take away more
    than they may hand out themselves: 403 with `too_much_to_give`.
    """
    review = start_review(call.uow, call.body)
    return Created(_shown(call, review), path=f"/access-reviews/{review.id}")


@reviews.get(PATH, scope="reviews:read", returns=ReviewView)
def show_access_review(call: Call[OneQuery, None], review_id: UUID) -> ReviewView:
    """One review: one's own to do, or any for who may read all."""
    return _shown(call, _seen(call, review_id))


@reviews.get(
    f"{PATH}/members", scope="reviews:read", query=ReviewedQuery, returns=ReviewedView, is_list=True
)  # fmt: skip
def list_reviewed_people(call: Call[ReviewedQuery, None], review_id: UUID) -> Listing[ReviewedView]:
    """The people of a review by name, how each has it now, and when they last used it."""
    asked = call.query
    shown = people_of_review(
        call.session, _seen(call, review_id), at=call.now, verdict=asked.verdict, unused_days=asked.unused_days,
        size=asked.limit, **places(call.turn),
    )  # fmt: skip
    items = [ReviewedView.of(member) for member in shown.members]
    return Listing(items=items, older=shown.found.older, newer=shown.found.newer)


@reviews.post(
    f"{PATH}/judge", scope="reviews:write", body=JudgeMembers, returns=JudgedView, status=200,
    refusals=(404, 409),
)  # fmt: skip
def judge_reviewed_people(call: Call[Nothing, JudgeMembers], review_id: UUID) -> JudgedView:
    """Keep or end: one verdict for up to 100 people, named by their ids in the review.

    An end takes the role or the membership at once. Who can't be judged is left out and named: who holds it by a
    group, who has lost it, and, for keeping, oneself. An end for the last administrator undoes all of it: 409.
    """
    judged = judge_members(call.uow, review_id, call.body, judges_all=_judges_all(call))
    left_out = [LeftOutView(id=one.item_id, name=one.name, why=one.why) for one in judged.left_out]
    return JudgedView(done=judged.done, left_out=left_out)


@reviews.post(
    f"{PATH}/finish", scope="reviews:write", returns=ReviewView, status=200, refusals=(404, 409)
)  # fmt: skip
def finish_access_review(call: Call[Nothing, Any], review_id: UUID) -> ReviewView:
    """Close it as it stands: whoever nobody looked at keeps what they have."""
    return _shown(call, finish_review(call.uow, review_id, judges_all=_judges_all(call)))


def _seen(call: Call[Any, Any], review_id: UUID) -> AccessReview:
    row, bearer = AccessReviews(call.session).get(review_id), call.bearer
    if row is None or not (row.is_reviewed_by(bearer.user_id) or bearer.may("read", RESOURCE)):
        raise ReviewNotFound
    return row


def _judges_all(call: Call[Any, Any]) -> bool:
    return call.bearer.may("update", RESOURCE)


def _shown(call: Call[Any, Any], row: AccessReview) -> ReviewView:
    progress = AccessReviews(call.session).progress(row, at=call.now)
    return _view(row, people_by_id(call, [row.reviewer_id]), progress)


def _view(row: AccessReview, people: Mapping[UUID, PersonView], progress: Progress) -> ReviewView:
    return ReviewView(
        id=row.id,
        target=TargetView(type=row.target_type, id=row.target_id, name=row.target_label),
        reviewer=people.get(row.reviewer_id) if row.reviewer_id else None,
        state="finished" if row.is_finished else "open",
        started_at=row.started_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        progress=ProgressView(
            **{name: getattr(progress, name) for name in ("total", "kept", "ended", "gone", "left")}
        ),
    )
