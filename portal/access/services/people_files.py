"""People as a file: read in batches, so that never all are in memory, and between two of them nothing is held."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from portal.access.repository import Roles
from portal.accounts.models import User
from portal.accounts.repository import PeopleFilter, Users
from portal.infra.spreadsheets import csv_line

BATCH: Final = 500
COLUMNS: Final = (
    "id", "username", "email", "email_verified", "name", "given_name", "family_name", "is_active", "disabled_reason",
    "created_at", "last_sign_in_at", "locale", "zoneinfo", "roles", "attributes",
)  # fmt: skip

FileFormat = Literal["csv", "jsonl"]


def people_file(
    open_session: Callable[[], Session], wanted: PeopleFilter, file_format: FileFormat, *, at: datetime
) -> Iterator[str]:
    """The newest first, every match of a text included. `at` is the moment whose roles are said."""
    everybody, place = replace(wanted, is_exhaustive=True), None
    if file_format == "csv":
        yield csv_line(COLUMNS)
    while True:
        with open_session() as session:
            found = Users(session).page(everybody, before=place, size=BATCH)
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
