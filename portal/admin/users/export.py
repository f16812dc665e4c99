"""Those who are wanted, as a file: written while it is sent, so that never all of them are in memory."""

from dataclasses import replace
from typing import Final

from flask import Response
from wtforms import RadioField

from portal.access.services.people_files import people_file
from portal.accounts.repository import Users
from portal.accounts.schemas import ExportUsers
from portal.accounts.usecases.manage_users import note_export
from portal.admin.console import page
from portal.admin.users.blueprint import users
from portal.admin.users.wishes import offered, wish_of_address
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule

EXPORT: Final = Rule(20, seconds=600)
FORMATS: Final = {"csv": "CSV, for a spreadsheet", "jsonl": "JSON Lines, for a program"}
TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


class ExportForm(SchemaForm[ExportUsers]):
    """Which kind of file."""

    schema = ExportUsers

    format = RadioField("Format", choices=FORMATS, default="csv", validate_choice=False)


@users.route("/admin/users/export", methods=["GET", "POST"])
@requires("read", "user")
def export() -> Response:
    """First what it would be; then the file, and an entry that says who took how much of what."""
    wish = wish_of_address("admin_users.export")
    with reading() as session:
        offered(session, wish)
    form = ExportForm()
    wanted = form.parse()
    if wanted is None:
        back = wish.filters.at("admin_users.listing")
        return page(
            "admin/users/export.html", status=form.status, form=form, chips=wish.chips(), wish=wish, back=back
        )
    throttle("users_export", EXPORT)
    everybody = replace(wish.narrowed(), is_exhaustive=True)
    with unit_of_work() as uow:
        count, at = Users(uow.session).count(everybody), uow.now
        # committed before the first line is sent, so that a broken download has its entry too
        note_export(uow, filters=wish.filters.given, file_format=wanted.format, count=count)
    lines = people_file(current_portal().reading, everybody, wanted.format, at=at)
    answer = Response(lines, content_type=TYPES[wanted.format])
    name = f"users-{at:%Y%m%dT%H%M%SZ}.{wanted.format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
