"""One row through time: as of a moment, two moments compared, and every version of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal.access.rules.conditions import in_words
from portal.accounts.repository import Users
from portal.admin.console import Filters, cursor, may, now, page
from portal.admin.history.blueprint import KINDS, history, requires_of_row
from portal.admin.history.moments import in_address, moment_in
from portal.admin.history.reading import History, history_of
from portal.admin.history.restoring.plan import id_of
from portal.admin.telling import Told, tell
from portal.audit.repository import AuditEntries, AuditFilter, Entry
from portal.audit.rules import (
    AsOf,
    Described,
    State,
    actions_about,
    described,
    only_what_differs,
    relation_name,
)
from portal.http.context import reading
from portal.http.tidying import tidy_address

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
    fields: Described
    doubtful: tuple[str, ...]


@history.get("/admin/history/<kind>/<uuid:row_id>")
@tidy_address
@requires_of_row("read")
def timeline(kind: str, row_id: UUID) -> Response:
    """As of the moment in the address, beside another one if there is one, above all versions."""
    at = now()
    moment, other = moment_in(request.args, "at", now=at), moment_in(request.args, "compare", now=at)
    with reading() as session:
        found = history_of(session, kind, row_id)
        wanted = AuditFilter(subject_id=row_id, actions=actions_about(kind))
        entries = AuditEntries(session).page(wanted, size=VERSIONS, **cursor())
        then = found.as_of(moment.at or at)
        against = found.as_of(other.at) if other.at is not None else None
        sight = _sight(session, found, then)
        difference = _difference(session, kind, (against, then)) if against is not None else None
    return page(
        "admin/history/timeline.html",
        status=422 if moment.problem or other.problem else 200,
        about=KINDS[kind],
        kind=kind,
        row_id=row_id,
        found=found,
        moment=moment,
        other=other,
        sight=sight,
        difference=difference,
        against=against,
        versions=[_version(kind, row_id, entry) for entry in entries.items],
        turns=Filters(
            "admin_history.timeline", kind=kind, row_id=row_id, at=moment.text, compare=other.text
        ).turns(entries),
        in_address=in_address,
        may_restore=moment.at is not None
        and may("update" if found.present is not None else "create", KINDS[kind].resource),
        row_address=address_of(kind, row_id) if found.present is not None else None,
    )


def address_of(kind: str, row_id: UUID) -> str:
    """The page of the row as it is now."""
    about = KINDS[kind]
    return url_for(about.page, **dict[str, Any]({about.argument: row_id}))


def seen(session: Session, kind: str, state: State | None, *, at: datetime) -> Described:
    """A state in words, with names for what stands in entries by id or as a document."""
    told = described(state, kind=kind, at=at, tell=in_words)
    owner_id = id_of(told.get("Owner")) if kind == "role" else None
    owner = Users(session).get(owner_id) if owner_id is not None else None
    return {**told, "Owner": owner.username} if owner is not None else told


def _sight(session: Session, found: History, then: AsOf) -> Sight:
    doubtful = sorted(relation_name(name) for name in then.doubtful)
    return Sight(then, seen(session, found.ref.type, then.state, at=then.at), tuple(doubtful))


def _difference(session: Session, kind: str, moments: tuple[AsOf, AsOf]) -> tuple[Described, Described]:
    """From the earlier of the two to the later, whichever was asked for first."""
    earlier, later = (
        seen(session, kind, one.state, at=one.at) for one in sorted(moments, key=lambda one: one.at)
    )
    return only_what_differs(earlier, later)


def _version(kind: str, row_id: UUID, entry: Entry) -> Version:
    def address(**moments: datetime) -> str:
        args: dict[str, Any] = {name: in_address(at) for name, at in moments.items()}
        return url_for("admin_history.timeline", kind=kind, row_id=row_id, **args)

    return Version(tell(entry), address(at=entry.created_at), address(at=entry.created_at, compare=now()))
