"""People from a file: first what would come of each line, then a job that takes the same bytes in.

The file waits between the two pages under the seal of the portal (`admin.stash`).
"""

import hashlib
from collections import Counter
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for
from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField

from portal.access.schemas.bulk import ImportMany
from portal.access.usecases.bulk import start_bulk
from portal.accounts.schemas import ImportUsers
from portal.accounts.usecases.read_people import MOST_BYTES, MOST_LINES, TEMPLATE, decode
from portal.admin import stash
from portal.admin.console import page
from portal.admin.users.blueprint import users
from portal.admin.users.judging import Judged, judge
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import Conflict, Invalid
from portal.infra.spreadsheets import csv_line

KIND: Final = "users_import"
JOB: Final = "job_id"
"""What is left of the file here once a job has it."""
SHOWN: Final = 200
"""Lines on the page; the report to download has all of them."""
BESIDE_THE_FILE: Final = 20_000


class ImportForm(SchemaForm[ImportUsers]):
    """A file, or the same as text, and whether everybody gets a mail."""

    schema = ImportUsers

    file = FileField("CSV file")
    text = TextAreaField("Or paste it here")
    invite = BooleanField("Mail everybody a link to set a password")


class OtherFile(Conflict):
    """The page belongs to another file than the one that waits."""

    code = "other_file"

    def __init__(self) -> None:
        super().__init__("Another file waits here than the one on your page. Look at the report again.")


@users.url_value_preprocessor
def _let_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: everywhere else a body of this size is refused."""
    if endpoint == "admin_users.imports":
        request.max_content_length = 2 * MOST_BYTES + BESIDE_THE_FILE
        request.max_form_memory_size = 2 * MOST_BYTES + BESIDE_THE_FILE


@users.route("/admin/users/import", methods=["GET", "POST"])
@requires("create", "user")
def imports() -> Response:
    """The file, and where it is well-formed, on to the report."""
    form = ImportForm()
    wish = form.parse()
    if wish is not None:
        try:
            text = _text(wish)
            with reading() as session:
                judge(session, text)
        except Invalid as problem:
            form.reject(problem)
        else:
            digest = hashlib.sha256(text.encode()).hexdigest()
            kept = {"text": text, "invite": wish.invite, "digest": digest}
            with unit_of_work() as uow:
                stash_id = stash.keep(uow, KIND, kept, leads_to="/admin/users/import")
            return _to_report(stash_id)
    return page(
        "admin/users/import.html",
        status=form.status,
        form=form,
        most_lines=MOST_LINES,
        most_megabytes=MOST_BYTES // 1_000_000,
    )


@users.get("/admin/users/import/template.csv")
@requires("create", "user")
def import_template() -> Response:
    """The head of such a file, and one line that shows what goes where."""
    example = ("maya@example.org", "Maya Okafor", "maya", "Maya", "Okafor", "", "", "Research")
    return _file(csv_line(TEMPLATE) + csv_line(example), "users-template.csv")


@users.get("/admin/users/import/<uuid:stash_id>")
@requires("create", "user")
def import_report(stash_id: UUID) -> Response:
    """What would come of each line; after that, what became of it."""
    with reading() as session:
        kept = stash.look(session, KIND, stash_id)
        if JOB in kept:
            return _to_job(kept[JOB])
        lines = _lines(judge(session, kept["text"]))
    counts = Counter(line["verdict"] for line in lines)
    lines.sort(key=lambda line: (line["verdict"] != "wrong", line["number"]))
    return page(
        "admin/users/import_report.html",
        stash_id=stash_id,
        digest=kept["digest"],
        invite=kept["invite"],
        lines=lines[:SHOWN],
        total=len(lines),
        verdicts=counts,
    )


@users.get("/admin/users/import/<uuid:stash_id>/report.csv")
@requires("create", "user")
def import_report_file(stash_id: UUID) -> Response:
    """Every line of the report."""
    with reading() as session:
        kept = stash.look(session, KIND, stash_id)
        if JOB in kept:
            return _to_job(kept[JOB])
        lines = _lines(judge(session, kept["text"]))
    columns = ("number", "email", "name", "verdict", "words")
    rows = "".join(csv_line(line[column] for column in columns) for line in lines)
    return _file(csv_line(("line", *columns[1:-1], "report")) + rows, "users-import-report.csv")


@users.post("/admin/users/import/<uuid:stash_id>")
@requires("create", "user")
def import_run(stash_id: UUID) -> Response:
    """A job takes in whoever the report says can be taken in. The file has moved into it, and does not wait here."""
    with reading() as session:
        kept = stash.look(session, KIND, stash_id)
        if JOB in kept:
            return _to_job(kept[JOB])
        people = tuple(
            one.person for one in judge(session, kept["text"]) if one.person and not one.is_left_out
        )
    if kept["digest"] != request.form.get("digest", ""):
        raise OtherFile
    if not people:
        return _to_report(stash_id)
    wish = ImportMany(lines=people, invite=kept["invite"], digest=kept["digest"])
    with unit_of_work() as uow:
        # whoever presses the button twice waits here, and finds the job of the first time
        uow.lock(f"{KIND}.{stash_id}")
        now_kept = stash.look(uow.session, KIND, stash_id)
        job_id = now_kept.get(JOB) or str(start_bulk(uow, wish).id)
        stash.put_back(uow, KIND, stash_id, {JOB: job_id})
    return _to_job(job_id)


def _text(wish: ImportUsers) -> str:
    content, upload = b"", request.files.get("file")
    if upload is not None and upload.filename:
        content = upload.read(MOST_BYTES + 1)
        upload.close()
    if content:
        return decode(content)
    if not wish.text:
        raise Invalid("Choose a file, or paste its lines below", field="file")
    return wish.text


def _lines(judged: list[Judged]) -> list[dict[str, Any]]:
    """What would come of each line."""
    return [
        {
            "number": one.line.number,
            "email": one.line.email,
            "name": one.line.name,
            "verdict": one.verdict,
            "words": one.words,
            "problems": one.line.problems,
        }
        for one in judged
    ]


def _file(content: str, name: str) -> Response:
    answer = Response(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _to_report(stash_id: UUID) -> Response:
    return see_other(url_for("admin_users.import_report", stash_id=stash_id))


def _to_job(job_id: str) -> Response:
    return see_other(url_for("admin_bulk.detail", job_id=job_id))
