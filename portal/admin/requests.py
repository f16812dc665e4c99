"""What people ask for, before those who answer: operators, owners of roles, and administrators of groups."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from wtforms import RadioField, StringField, TextAreaField

from portal.access.errors import AccessRequestNotFound, CannotBeGiven, RequestDecided
from portal.access.repository.requests import AccessRequests, RequestState
from portal.access.schemas.requests import ApproveRequest, RefuseRequest
from portal.access.services.requests import Say, say_of
from portal.access.usecases.answers import approve_request, refuse_request
from portal.admin.console import Filters, cursor, may, now, page, words
from portal.admin.stewards import looks_after_something, requires_or, visitor
from portal.http.concerns import concern_of, standing_of
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.pages import see_other
from portal.http.tidying import tidy_address
from portal.infra.errors import Invalid

requests = Blueprint("admin_requests", __name__)

RESOURCE: Final = "access_request"
STATES: Final[dict[str, RequestState | None]] = {"": "open", "answered": "answered", "all": None}
"""What waits comes first: that is what the page is opened for."""


class ApproveForm(SchemaForm[ApproveRequest]):
    """A yes: which thing, where several would do, until when, and a word to the person."""

    schema = ApproveRequest

    give = RadioField("What they get", validate_choice=False)
    until = StringField("Until", render_kw={"type": "date"})
    note = TextAreaField("Note")

    def offer(self, say: Say) -> None:
        """What could be given; the only thing is given without a question."""
        self.give.choices = [(f"{thing.type}:{thing.id}", thing.label) for thing in say.gives]


class RefuseForm(SchemaForm[RefuseRequest]):
    """A no, and why."""

    schema = RefuseRequest

    note = TextAreaField("Reason")


@requests.get("/admin/requests")
@tidy_address
@requires_or(looks_after_something, "read", RESOURCE)
def listing() -> Response:
    """Requests, the newest first: all of them, or those that are this person's affair."""
    text, tab = words("q"), request.args.get("state", "")
    tab = tab if tab in STATES else ""
    filters = Filters("admin_requests.listing", q=text, state=tab)
    with reading() as session:
        concern = concern_of(session, visitor().user_id, sees_all=may("read", RESOURCE))
        rows = AccessRequests(session)
        found = rows.page(about=concern.about, state=STATES[tab], search=text, **cursor())
        people = rows.people({row.user_id for row in found.items})
    return page(
        "admin/requests/listing.html",
        "results",
        requests=found.items,
        people=people,
        tab=tab,
        text=text,
        filters=filters,
        turns=filters.turns(found),
        is_part=concern.about is not None,
    )


@requests.get("/admin/requests/<uuid:request_id>")
@requires_or(looks_after_something, "read", RESOURCE)
def detail(request_id: UUID) -> Response:
    """One request: who asks for what and why, and the two answers, for whoever may give them."""
    return _detail(
        request_id, ApproveForm(formdata=None, prefix="yes-"), RefuseForm(formdata=None, prefix="no-")
    )


@requests.post("/admin/requests/<uuid:request_id>/approve")
@requires_or(looks_after_something, "update", RESOURCE)
def approve(request_id: UUID) -> Response:
    """Yes."""
    form = ApproveForm(prefix="yes-")
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                standing = standing_of(uow.session, request_id, decides_on_all=may("update", RESOURCE))
                row = approve_request(uow, request_id, wish, **standing)
        except (Invalid, CannotBeGiven) as problem:
            form.reject(problem)
        except RequestDecided as problem:
            return _told(request_id, problem)
        else:
            flash(f"Approved. {row.target_label} works at once, and an email says so")
            return see_other(url_for("admin_requests.listing"))
    return _detail(request_id, form, RefuseForm(formdata=None, prefix="no-"))


@requests.post("/admin/requests/<uuid:request_id>/refuse")
@requires_or(looks_after_something, "update", RESOURCE)
def refuse(request_id: UUID) -> Response:
    """No."""
    form = RefuseForm(prefix="no-")
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                standing = standing_of(uow.session, request_id, decides_on_all=may("update", RESOURCE))
                refuse_request(uow, request_id, wish, **standing)
        except RequestDecided as problem:
            return _told(request_id, problem)
        else:
            flash("Refused. A mail says why")
            return see_other(url_for("admin_requests.listing"))
    return _detail(request_id, ApproveForm(formdata=None, prefix="yes-"), form)


def _detail(request_id: UUID, yes: ApproveForm, no: RefuseForm) -> Response:
    with reading() as session:
        rows = AccessRequests(session)
        row = rows.get(request_id)
        if row is None:
            raise AccessRequestNotFound
        standing = standing_of(session, request_id, decides_on_all=may("update", RESOURCE))
        say = say_of(session, row, visitor().user_id, at=now(), **standing)
        if not say.is_concerned and not may("read", RESOURCE):
            raise AccessRequestNotFound
        people = rows.people({row.user_id, row.decided_by})
    yes.offer(say)
    if not yes.is_submitted() and row.wished_until is not None and row.wished_until > now():
        yes.until.data = row.wished_until.date().isoformat()
    failed = no if no.errors or no.form_errors else yes
    return page(
        "admin/requests/detail.html",
        status=failed.status,
        request=row,
        say=say,
        form=failed,
        yes=yes,
        no=no,
        person=people.get(row.user_id),
        decider=people.get(row.decided_by) if row.decided_by else None,
    )


def _told(request_id: UUID, problem: RequestDecided) -> Response:
    """Somebody else was quicker: the page shows their answer."""
    flash(problem.message)
    return see_other(url_for("admin_requests.detail", request_id=request_id))
