"""Reviews of who has access: started by operators, walked through by whoever was asked to look."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField

from portal.access.errors import LastAdministrator, ReviewNotFound, TooMuchToGive
from portal.access.repository import Group, Groups, Role, Roles
from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import AccessReview, AccessReviews, ReviewState
from portal.access.rules import DEFAULT_ROLE
from portal.access.schemas.reviews import JudgeMembers, StartReview
from portal.access.usecases.judging import Judged, judge_members
from portal.access.usecases.reviews import finish_review, start_review
from portal.admin.console import Filters, choice, cursor, may, now, page
from portal.admin.review_members import confirmation, members_page
from portal.admin.stewards import requires_or, reviews_something, visitor
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.tidying import tidy_address
from portal.infra.errors import Invalid

reviews = Blueprint("admin_reviews", __name__)

RESOURCE: Final = "access_review"
STATES: Final[dict[str, ReviewState]] = {"open": "open", "finished": "finished"}
USUAL_TIME: Final = timedelta(days=14)
MOST_OFFERED: Final = 200
MOST_NAMED: Final = 3


class StartForm(SchemaForm[StartReview]):
    """Whose holders, who looks, and until when."""

    schema = StartReview

    thing = SelectField("Role or group", validate_choice=False)
    reviewer = StringField("Reviewer")
    due_at = StringField("Due", render_kw={"type": "date"})

    def offer(self, session: Session) -> None:
        """Everything that could be reviewed, by name; a role's or group's own page leads here with it chosen."""
        roles = [role for role in Roles(session).page(size=MOST_OFFERED).items if role.name != DEFAULT_ROLE]
        groups = Groups(session).page(size=MOST_OFFERED).items
        offered = {
            "Chosen": self._chosen(session),
            "Roles": [(f"role:{role.id}", role.name) for role in roles],
            "Groups": [(f"group:{group.id}", group.name) for group in groups],
        }
        if self.thing.data in {thing for title in ("Roles", "Groups") for thing, _ in offered[title]}:
            del offered["Chosen"]
        self.thing.choices = {"Choose one": [("", "Choose a role or group")]} | {
            title: rows for title, rows in offered.items() if rows
        }

    def _chosen(self, session: Session) -> list[tuple[str, str]]:
        """What the address names, which may stand beyond the end of the list."""
        kind, _, text = str(self.thing.data or "").partition(":")
        try:
            row_id = UUID(text)
        except ValueError:
            return []
        found: Role | Group | None = None
        if kind in {"role", "group"}:
            found = Roles(session).get(row_id) if kind == "role" else Groups(session).get(row_id)
        return [] if found is None else [(f"{kind}:{row_id}", found.name)]


class JudgeForm(SchemaForm[JudgeMembers]):
    """A verdict for those ticked; or, by the buttons of a row, for one."""

    schema = JudgeMembers

    items = SelectMultipleField("People", validate_choice=False)
    verdict = StringField("Verdict")
    note = TextAreaField("Note")
    one = HiddenField("One person")
    is_confirmed = HiddenField("Confirmed")

    def single_out(self) -> None:
        """The button of a row says both: `keep:` or `end:` and the person."""
        if self.one.data:
            self.verdict.data, _, item = str(self.one.data).partition(":")
            self.items.data = [item]


@reviews.get("/admin/reviews")
@requires_or(reviews_something, "read", RESOURCE)
def listing() -> Response:
    """Reviews, the newest first: all of them, or this person's own."""
    state = choice("state", STATES)
    filters = Filters("admin_reviews.listing", state=state)
    own = None if may("read", RESOURCE) else visitor().user_id
    with reading() as session:
        rows = AccessReviews(session)
        found = rows.page(state=state, reviewer=own, **cursor())
        progress = rows.progress_of([row.id for row in found.items])
        people = AccessRequests(session).people({row.reviewer_id for row in found.items})
    return page(
        "admin/reviews/listing.html",
        reviews=found.items,
        progress=progress,
        people=people,
        state=state,
        filters=filters,
        turns=filters.turns(found),
        is_part=own is not None,
    )


@reviews.route("/admin/reviews/new", methods=["GET", "POST"])
@requires("create", RESOURCE)
def new() -> Response:
    """Who is to look at whom, until when."""
    due = (now() + USUAL_TIME).date().isoformat()
    form = StartForm(data={"thing": request.args.get("thing", ""), "due_at": due})
    with reading() as session:
        form.offer(session)
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                review = start_review(uow, wish)
        except (Invalid, TooMuchToGive) as problem:
            form.reject(problem)
        else:
            flash(f"The review of {review.target_label} has begun. The reviewer gets an email")
            return _to(review.id)
    return page("admin/reviews/new.html", status=form.status, form=form)


@reviews.get("/admin/reviews/<uuid:review_id>")
@tidy_address
@requires_or(reviews_something, "read", RESOURCE)
def detail(review_id: UUID) -> Response:
    """One review: its people, and what was decided of each."""
    return members_page(_review(review_id))


@reviews.post("/admin/reviews/<uuid:review_id>/judge")
@requires_or(reviews_something, "update", RESOURCE)
def judge(review_id: UUID) -> Response:
    """Keep, or end once it was confirmed."""
    form = JudgeForm()
    form.single_out()
    wish = form.parse()
    if wish is None:
        return members_page(_review(review_id), status=422, problems=_problems(form))
    if wish.verdict == "end" and not form.is_confirmed.data:
        return confirmation(_review(review_id), list(wish.items), wish.note or "")
    try:
        with unit_of_work() as uow:
            judged = judge_members(uow, review_id, wish, judges_all=may("update", RESOURCE))
    except (LastAdministrator, TooMuchToGive) as problem:
        return members_page(
            _review(review_id), status=422, problems=[f"{problem.message} Nothing was changed."]
        )
    flash(_told(judged, ended=wish.verdict == "end"))
    return _to(review_id)


@reviews.route("/admin/reviews/<uuid:review_id>/finish", methods=["GET", "POST"])
@requires_or(reviews_something, "update", RESOURCE)
def finish(review_id: UUID) -> Response:
    """What came of it and who was not looked at; then it is over."""
    if request.method == "POST":
        with unit_of_work() as uow:
            review = finish_review(uow, review_id, judges_all=may("update", RESOURCE))
        flash(f"The review of {review.target_label} is finished")
        return _to(review_id)
    review = _review(review_id)
    with reading() as session:
        progress = AccessReviews(session).progress(review, at=now())
    return page("admin/reviews/finish.html", review=review, progress=progress)


def _review(review_id: UUID) -> AccessReview:
    """A review that whoever looks may see.

    Raises:
        ReviewNotFound: there is none, or it is somebody else's.
    """
    with reading() as session:
        review = AccessReviews(session).get(review_id)
        if review is None or not (may("read", RESOURCE) or review.is_reviewed_by(visitor().user_id)):
            raise ReviewNotFound
    return review


def _problems(form: JudgeForm) -> list[str]:
    """Each said once, in the words of the page."""
    if form.items.errors:
        return ["Tick at least one person, or use the buttons of a row."]
    found: Sequence[str] = [
        *form.form_errors,
        *(message for messages in form.errors.values() for message in messages),
    ]
    return list(dict.fromkeys(found))


def _told(judged: Judged, *, ended: bool) -> str:
    """What was done, and for whom it could not be."""
    done = f"{'Ended' if ended else 'Kept'} for {judged.done} {'person' if judged.done == 1 else 'people'}"
    named = [f"{one.name} {one.why}" for one in judged.left_out[:MOST_NAMED]]
    more = len(judged.left_out) - MOST_NAMED
    return ". ".join([done, *named, *([f"{more} more were left out"] if more > 0 else [])])


def _to(review_id: UUID) -> Response:
    return see_other(url_for("admin_reviews.detail", review_id=review_id))
