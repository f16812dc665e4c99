"""Those who are wanted, as a file: written while it is sent, so that never all of them are in memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from flask import Response
from wtforms import RadioField

from portal.access.repository import Roles
from portal.accounts.repository import PeopleFilter, Users
from portal.accounts.schemas import ExportUsers
from portal.accounts.services import User
from portal.accounts.usecases.manage_users import note_export
from portal.admin.console import page
from portal.admin.users.blueprint import users
from portal.admin.users.wishes import offered, wish_of_address
from portal.bootstrap import Portal
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.throttles import throttle
from portal.infra.rate_limit import Rule
from portal.infra.spreadsheets import csv_line

EXPORT: Final = Rule(20, seconds=600)
BATCH: Final = 500
FORMATS: Final = {"csv": "CSV, for a spreadsheet", "jsonl": "JSON Lines, for a program"}
TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
COLUMNS: Final = (
    "id", "username", "email", "email_verified", "name", "given_name", "family_name", "is_active", "disabled_reason",
    "created_at", "last_sign_in_at", "locale", "zoneinfo", "roles", "attributes",
)  # fmt: skip


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
    lines = _lines(current_portal(), everybody, wanted.format)
    answer = Response(lines, content_type=TYPES[wanted.format])
    name = f"users-{at:%Y%m%dT%H%M%SZ}.{wanted.format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(portal: Portal, wanted: PeopleFilter, file_format: str) -> Iterator[str]:
    """The newest first; between two batches no connection is held, however slowly it is read."""
    at, place = portal.ports.clock.now(), None
    if file_format == "csv":
        yield csv_line(COLUMNS)
    while True:
        with portal.reading() as session:
            found = Users(session).page(wanted, before=place, size=BATCH)
            roles = Roles(session).names_of_users([user.id for user in found.items], at=at)
        facts = [_facts(user, roles.get(user.id, [])) for user in found.items]
        yield "".join(_csv(one) if file_format == "csv" else _json(one) for one in facts)
        place = found.older
        if place is None:
            return


def _facts(user: User, roles: Sequence[str]) -> dict[str, Any]:
    """What is said of a person; no hash, no epoch, nothing that opens anything."""
    said = {column: getattr(user, column) for column in COLUMNS if column not in {"id", "roles"}}
    moments = {name: value.isoformat() for name, value in said.items() if isinstance(value, datetime)}
    return {"id": str(user.id), **said, **moments, "roles": list(roles)}


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False) + "\n"


def _csv(facts: dict[str, Any]) -> str:
    flat = facts | {
        "roles": ";".join(facts["roles"]),
        "attributes": json.dumps(facts["attributes"], ensure_ascii=False) if facts["attributes"] else None,
    }
    return csv_line(flat[column] for column in COLUMNS)
