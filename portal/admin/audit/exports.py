"""Entries as files: CSV for people with tables, JSON Lines for programs; streamed, however long the log is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from flask import Response, request
from wtforms import RadioField

from portal.admin.audit.blueprint import audit
from portal.admin.audit.views import query_of
from portal.admin.audit.wishes import read_wish, words_for
from portal.admin.console import page
from portal.admin.telling import as_facts
from portal.audit.repository import AuditEntries, AuditFilter, Entry, with_reason
from portal.audit.schemas import ExportLog
from portal.audit.usecases import note_export
from portal.bootstrap import Portal
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule
from portal.infra.spreadsheets import csv_line

EXPORT: Final = Rule(20, seconds=600)
COUNTED: Final = 100_000
"""Counting goes no further; the file holds all of them anyway."""
BATCH: Final = 500
"""So many entries are in memory at once, however many there are."""
FORMATS: Final = {"csv": "CSV, for a spreadsheet", "jsonl": "JSON Lines, for a program"}
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
_COLUMNS: Final = (
    "created_at", "id", "action", "outcome", "actor_kind", "actor_id", "actor", "touched", "before", "after",
    "details", "reason", "ip", "user_agent", "session_id", "client_id", "request_id",
)  # fmt: skip


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
    lines = _lines(current_portal(), replace(wish.wanted, until=until), wanted.format)
    answer = Response(lines, content_type=_TYPES[wanted.format])
    name = f"audit-{until:%Y%m%dT%H%M%SZ}.{wanted.format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(portal: Portal, wanted: AuditFilter, file_format: str) -> Iterator[str]:
    """The file, newest entry first; between two batches no connection is held, however slowly it is read."""
    if file_format == "csv":
        yield csv_line(_COLUMNS)
    place, rest = None, replace(wanted, reason="")
    while True:
        with portal.reading() as session:
            found = AuditEntries(session).page(rest, before=place, size=BATCH)
        entries = with_reason(found.items, wanted.reason)
        yield "".join(_csv(entry) if file_format == "csv" else _json(entry) for entry in entries)
        place = found.older
        if place is None:
            return


def _json(entry: Entry) -> str:
    return json.dumps(as_facts(entry), ensure_ascii=False) + "\n"


def _csv(entry: Entry) -> str:
    facts = as_facts(entry)
    actor = facts.pop("actor")
    flat = facts | {"actor_kind": actor["kind"], "actor_id": actor["id"], "actor": actor["label"]}
    return csv_line(
        json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for value in (flat[column] for column in _COLUMNS)
    )


def said(count: int) -> str:
    """How many, as far as it was counted."""
    if count > COUNTED:
        return f"more than {COUNTED:,}"
    return f"{count:,}"
