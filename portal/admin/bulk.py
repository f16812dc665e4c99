"""Jobs that change many people: how far each is, what came of everybody in it, and a way to stop it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for

from portal.access.services.bulk import BulkForbidden
from portal.access.usecases.bulk import cancel_bulk
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import Filters, choice, cursor, page
from portal.admin.users.acts import may_do
from portal.audit.services.exports import EXPORT
from portal.bootstrap import Portal
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.guards import requires
from portal.http.pages import is_htmx, see_other
from portal.infra.bulk import (
    BulkItem,
    BulkItems,
    BulkJob,
    BulkJobNotFound,
    BulkJobOver,
    BulkJobs,
    BulkState,
    ItemState,
)
from portal.infra.spreadsheets import csv_line

bulk = Blueprint("admin_bulk", __name__)

STATES: Final[Mapping[str, BulkState]] = {
    "running": "running",
    "done": "done",
    "cancelled": "cancelled",
    "failed": "failed",
}
RESULTS: Final[Mapping[str, ItemState]] = {
    "failed": "failed",
    "done": "done",
    "unchanged": "unchanged",
    "waiting": "waiting",
}
SIZE: Final = 50
BATCH: Final = 500
COLUMNS: Final = ("number", "user_id", "username", "result", "code", "report")
LARGEST_POSITION: Final = 9


@bulk.get("/admin/bulk")
@requires("read", "user")
def listing() -> Response:
    """Every job that is still kept, the newest first."""
    state = choice("state", STATES)
    filters = Filters("admin_bulk.listing", state=state)
    with reading() as session:
        found = BulkJobs(session).page(state=state, but=EXPORT, **cursor())
    return page(
        "admin/bulk/listing.html",
        filters=filters,
        state=state,
        jobs=found.items,
        turns=filters.turns(found),
        keep_days=current_portal().settings.bulk_keep_days,
    )


@bulk.get("/admin/bulk/<uuid:job_id>")
@requires("read", "user")
def detail(job_id: UUID) -> Response:
    """How far it is, and what came of each. While it runs the first part asks for itself anew; the last of these
    answers has the whole page loaded once more, with everything that came of it.
    """
    result = choice("result", RESULTS)
    with reading() as session:
        job = _job(BulkJobs(session).get(job_id))
        found = BulkItems(session, job_id).page(
            state=result, after=_position("after") or 0, before=_position("before"), size=SIZE
        )
        people = _people(Users(session), found.items)
    filters = Filters("admin_bulk.detail", result=result)
    answer = page(
        "admin/bulk/detail.html",
        "progress",
        job=job,
        items=found.items,
        people=people,
        result=result,
        tabs=_tabs(job),
        turns={
            "newer": _address(job_id, result, before=found.before) if found.before else None,
            "older": _address(job_id, result, after=found.after) if found.after else None,
        },
        filters=filters,
        may_cancel=may_do(job.kind) and may_do("enable"),
        again=request.full_path.rstrip("?"),
    )
    if is_htmx() and job.is_over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bulk.get("/admin/bulk/<uuid:job_id>/results.csv")
@requires("read", "user")
def results(job_id: UUID) -> Response:
    """What came of everybody, by id and username; addresses and names are in the export, which the log tells of."""
    with reading() as session:
        _job(BulkJobs(session).get(job_id))
    answer = Response(_lines(current_portal(), job_id), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="bulk-{job_id}.csv"'
    return answer


@bulk.route("/admin/bulk/<uuid:job_id>/cancel", methods=["GET", "POST"])
@requires("update", "user")
def cancel(job_id: UUID) -> Response:
    """What would stay undone; then it does."""
    with reading() as session:
        job = _job(BulkJobs(session).get(job_id))
    if not may_do(job.kind):
        raise BulkForbidden
    if request.method == "POST":
        with unit_of_work() as uow:
            job = cancel_bulk(uow, job_id)
        flash("The job was cancelled" if job.is_over else "The job stops after the people in hand")
        return see_other(url_for("admin_bulk.detail", job_id=job_id))
    if job.is_over:
        raise BulkJobOver
    return page("admin/bulk/cancel.html", job=job)


def _job(found: BulkJob | None) -> BulkJob:
    if found is None or found.kind == EXPORT:
        raise BulkJobNotFound
    return found


def _position(name: str) -> int | None:
    """A place in the list; what is none leads to its beginning."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LARGEST_POSITION else None


def _address(job_id: UUID, result: str | None, *, before: int | None = None, after: int | None = None) -> str:
    return url_for("admin_bulk.detail", job_id=job_id, result=result, before=before, after=after)


def _tabs(job: BulkJob) -> list[dict[str, str | int | None]]:
    """The results that there are, each with its number."""
    counted = (
        (None, "All", job.total),
        ("failed", "Failed", job.failed),
        ("done", "Done", job.done),
        ("unchanged", "Unchanged", job.unchanged),
        ("waiting", "Not done" if job.is_over else "Waiting", job.left),
    )
    return [
        {"href": _address(job.id, key), "text": text, "key": key, "count": count}
        for key, text, count in counted
        if count or key is None
    ]


def _people(users: Users, items: Sequence[BulkItem]) -> dict[UUID, User]:
    ids = {item.subject_id for item in items if item.subject_id is not None}
    return {user.id: user for user in users.with_ids(ids)} if ids else {}


def _lines(portal: Portal, job_id: UUID) -> Iterator[str]:
    """Between two batches no connection is held, however slowly it is read."""
    yield csv_line(COLUMNS)
    place: int | None = 0
    while place is not None:
        with portal.reading() as session:
            found = BulkItems(session, job_id).page(after=place, size=BATCH)
            people = _people(Users(session), found.items)
        yield "".join(
            _line(item, people.get(item.subject_id) if item.subject_id else None) for item in found.items
        )
        place = found.after


def _line(item: BulkItem, person: User | None) -> str:
    number, name = item.line or item.position, person.username if person else None
    return csv_line((number, item.subject_id, name, item.state, item.code, item.message))
