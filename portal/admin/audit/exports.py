"""Entries as files: CSV for people with tables, JSON Lines for programs. Short ones are written while they are sent,
the others by a worker, and lie ready for whoever asked.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import RadioField

from portal.admin.audit.blueprint import audit
from portal.admin.audit.views import query_of
from portal.admin.audit.wishes import Wish, read_wish, words_for
from portal.admin.console import now, page
from portal.audit.errors import ExportTooLong, TooManyExports
from portal.audit.repository import AuditEntries, AuditFilter
from portal.audit.schemas import ExportLog
from portal.audit.services.exports import export_of, exports_of, kept_until
from portal.audit.services.files import log_file
from portal.audit.usecases import drop_export, note_export, start_export, take_export
from portal.http.context import current_actor, current_portal, reading, unit_of_work
from portal.http.files import file_of_export, name_of_export, typed
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import is_htmx, see_other
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule

EXPORT: Final = Rule(20, seconds=600)
COUNTED: Final = 100_000
"""The page counts no further; the file holds all of them anyway."""
FORMATS: Final = {"csv": "CSV, for a spreadsheet", "jsonl": "JSON Lines, for a program"}


class ExportForm(SchemaForm[ExportLog]):
    """Which kind of file."""

    schema = ExportLog

    format = RadioField("Format", choices=FORMATS, default="csv", validate_choice=False)


@audit.route("/admin/audit/export", methods=["GET", "POST"])
@requires("read", "audit")
def export() -> Response:
    """First how many entries it would be; then the file, or the page on which it grows, and an entry that says who
    took it.
    """
    with reading() as session:
        wish = read_wish(session, request.args)
        found = _count(session, wish.wanted)
        own = exports_of(session, current_actor().id, at=now())
    form = ExportForm()
    wanted = form.parse()
    if wanted is not None:
        throttle("audit_export", EXPORT)
        try:
            return _begun(wish, wanted, found)
        except (ExportTooLong, TooManyExports) as problem:
            form.reject(problem)
    return page(
        "admin/audit/export.html",
        status=form.status,
        form=form,
        count=_said(wish, found),
        is_long=_is_long(found),
        words=words_for(wish),
        back=wish.filters.to(),
        own=own,
        kept_until=kept_until,
    )


@audit.get("/admin/audit/exports/<uuid:job_id>")
@requires("read", "audit")
def export_job(job_id: UUID) -> Response:
    """One's own long export. While it grows, the page asks for itself anew; the last answer loads it whole."""
    with reading() as session:
        job = export_of(session, job_id, current_actor().id, at=now())
    answer = page("admin/audit/export_job.html", "progress", job=job, kept_until=kept_until(job))
    if is_htmx() and job.is_over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@audit.get("/admin/audit/exports/<uuid:job_id>/file")
@requires("read", "audit")
def export_file(job_id: UUID) -> Response:
    """The file, for whoever asked for it."""
    with unit_of_work() as uow:
        job = take_export(uow, job_id)
    return file_of_export(job)


@audit.post("/admin/audit/exports/<uuid:job_id>/delete")
@requires("read", "audit")
def delete_export(job_id: UUID) -> Response:
    """Stopped, or removed before its time."""
    with unit_of_work() as uow:
        job = drop_export(uow, job_id)
    flash("The export was cancelled" if job.state == "cancelled" else "The export was deleted")
    return see_other(url_for("admin_audit.export"))


def _begun(wish: Wish, wanted: ExportLog, found: int) -> Response:
    if _is_long(found):
        with unit_of_work() as uow:
            job = start_export(uow, wish.wanted, wanted.format, query=query_of(wish))
        flash("The file is being written. You can leave this page meanwhile")
        return see_other(url_for("admin_audit.export_job", job_id=job.id))
    with unit_of_work() as uow:
        note_export(uow, query=query_of(wish), file_format=wanted.format, count=_said(wish, found))
        # what happens from now on is in no file of today, so that the end is reached even in a busy house
        until = min(wish.wanted.until or uow.now, uow.now)
    lines = log_file(current_portal().reading, replace(wish.wanted, until=until), wanted.format)
    return typed(Response(lines), wanted.format, name_of_export(until, wanted.format))


def _count(session: Session, wanted: AuditFilter) -> int:
    """How many entries have to be looked at; with words in reasons that is more than the file will have."""
    return AuditEntries(session).count(replace(wanted, reason=""), most=COUNTED)


def _is_long(found: int) -> bool:
    return found > current_portal().settings.audit_export_streamed


def _said(wish: Wish, found: int) -> str:
    """How many, as far as it was counted."""
    if wish.wanted.reason:
        return "not counted"
    return f"more than {COUNTED:,}" if found > COUNTED else f"{found:,}"
