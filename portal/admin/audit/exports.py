"""Entries as files: CSV for people with tables, JSON Lines for programs; streamed, however long the log is."""

from dataclasses import replace
from typing import Final

from flask import Response, request
from wtforms import RadioField

from portal.admin.audit.blueprint import audit
from portal.admin.audit.views import query_of
from portal.admin.audit.wishes import read_wish, words_for
from portal.admin.console import page
from portal.audit.repository import AuditEntries
from portal.audit.schemas import ExportLog
from portal.audit.services.files import log_file
from portal.audit.usecases import note_export
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule

EXPORT: Final = Rule(20, seconds=600)
COUNTED: Final = 100_000
"""Counting goes no further; the file holds all of them anyway."""
FORMATS: Final = {"csv": "CSV, for a spreadsheet", "jsonl": "JSON Lines, for a program"}
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


class ExportForm(SchemaForm[ExportLog]):
    """Which kind of file."""

    schema = ExportLog

    format = RadioField("Format", choices=FORMATS, default="csv", validate_choice=False)


@audit.route("/admin/audit/export", methods=["GET", "POST"])
@requires("read", "audit")
def export() -> Response:
    """First how many entries it would be; then the file, and an entry that says who took it."""
    with reading() as session:
        wish = read_wish(session, request.args)
        form = ExportForm()
        wanted = form.parse()
        count = (
            "not counted"
            if wish.wanted.reason
            else said(AuditEntries(session).count(wish.wanted, most=COUNTED))
        )
    if wanted is None:
        return page(
            "admin/audit/export.html",
            status=form.status,
            form=form,
            count=count,
            words=words_for(wish),
            back=wish.filters.to(),
        )
    throttle("audit_export", EXPORT)
    with unit_of_work() as uow:
        note_export(uow, query=query_of(wish), file_format=wanted.format, count=count)
        # what happens from now on is in no file of today, so that the end is reached even in a busy house
        until = min(wish.wanted.until or uow.now, uow.now)
    lines = log_file(current_portal().reading, replace(wish.wanted, until=until), wanted.format)
    answer = Response(lines, content_type=_TYPES[wanted.format])
    name = f"audit-{until:%Y%m%dT%H%M%SZ}.{wanted.format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def said(count: int) -> str:
    """How many, as far as it was counted."""
    if count > COUNTED:
        return f"more than {COUNTED:,}"
    return f"{count:,}"
