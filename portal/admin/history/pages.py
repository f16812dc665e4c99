"""One row through time: as of a moment, two moments compared, and every version of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for

from portal.admin.console import Filters, cursor, may, now, page
from portal.admin.history.blueprint import KINDS, Kind, history
from portal.admin.history.moments import in_address, moment_in
from portal.admin.history.reading import History, NoHistory, history_of
from portal.admin.telling import Told, tell
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.audit.rules import AsOf, actions_about, described, only_what_differs, relation_name
from portal.http.context import reading
from portal.http.guards import requires

VERSIONS: Final = 15


@dataclass(frozen=True)
class Version:
    """A change of the row, and where to look at the row as it was then."""

    told: Told
    then: str
    against_now: str


@dataclass(frozen=True)
class Sight:
    """The row at a moment, ready to be drawn."""

    of: AsOf
    fields: dict[str, Any]
    doubtful: tuple[str, ...]


@history.get("/admin/history/<kind>/<uuid:row_id>")
@requires("read", "audit")
def timeline(kind: str, row_id: UUID) -> Response:
    """Guarded twice: the log is read here, and what it tells is a row of a type with a permission of its own."""
    about = kind_of(kind)
    return requires("read", about.resource)(_timeline)(kind, row_id)


def _timeline(kind: str, row_id: UUID) -> Response:
    at = now()
    moment, other = moment_in(request.args, "at", now=at), moment_in(request.args, "compare", now=at)
    with reading() as session:
        found = history_of(session, kind, row_id)
        wanted = AuditFilter(subject_id=row_id, actions=actions_about(kind))
        entries = AuditEntries(session).page(wanted, size=VERSIONS, **cursor())
    then = found.timeline.as_of(moment.at or at)
    against = found.timeline.as_of(other.at) if other.at is not None else None
    return page(
        "admin/history/timeline.html",
        status=422 if moment.problem or other.problem else 200,
        about=KINDS[kind],
        kind=kind,
        row_id=row_id,
        found=found,
        moment=moment,
        other=other,
        sight=_sight(found, then),
        difference=_difference(kind, against, then) if against is not None else None,
        against=against,
        versions=[_version(kind, row_id, entry) for entry in entries.items],
        turns=Filters(
            "admin_history.timeline", kind=kind, row_id=row_id, at=moment.text, compare=other.text
        ).turns(entries),
        in_address=in_address,
        may_restore=may("update", KINDS[kind].resource) and moment.at is not None,
        row_address=address_of(kind, row_id) if found.present is not None else None,
    )


def kind_of(kind: str) -> Kind:
    """What the address speaks of.

    Raises:
        NoHistory: rows of no such type are looked after here.
    """
    if kind not in KINDS:
        raise NoHistory
    return KINDS[kind]


def address_of(kind: str, row_id: UUID) -> str:
    """The page of the row as it is now."""
    about = KINDS[kind]
    return url_for(about.page, **dict[str, Any]({about.argument: row_id}))


def _sight(found: History, then: AsOf) -> Sight:
    return Sight(
        then,
        described(then.state, kind=found.ref.type, at=then.at),
        tuple(sorted(relation_name(name) for name in then.doubtful)),
    )


def _difference(kind: str, one: AsOf, other: AsOf) -> tuple[dict[str, Any], dict[str, Any]]:
    """From the earlier of the two to the later, whichever was asked for first."""
    earlier, later = sorted((one, other), key=lambda as_of: as_of.at)
    return only_what_differs(
        described(earlier.state, kind=kind, at=earlier.at), described(later.state, kind=kind, at=later.at)
    )


def _version(kind: str, row_id: UUID, entry: Entry) -> Version:
    def address(**moments: datetime) -> str:
        args: dict[str, Any] = {name: in_address(at) for name, at in moments.items()}
        return url_for("admin_history.timeline", kind=kind, row_id=row_id, **args)

    return Version(tell(entry), address(at=entry.created_at), address(at=entry.created_at, compare=now()))
