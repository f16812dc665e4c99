"""What happened, newest first, and each entry under an address of its own."""

from uuid import UUID

from flask import Response, request

from portal.admin.audit.blueprint import audit
from portal.admin.audit.chart import bars, finding, per_day, ticks
from portal.admin.audit.views import views_of_viewer
from portal.admin.audit.wishes import (
    ACTOR_NAMES,
    OUTCOME_NAMES,
    PERIOD_NAMES,
    chips,
    read_wish,
)
from portal.admin.console import cursor, page
from portal.admin.telling import as_json, tell, tell_by_day
from portal.audit.repository import COUNT_CEILING, AuditEntries
from portal.audit.rules import GROUP_NAMES
from portal.http.context import reading
from portal.http.guards import requires


@audit.get("/admin/audit")
@requires("read", "audit")
def listing() -> Response:
    """The log, filtered by its address."""
    with reading() as session:
        wish = read_wish(session, request.args)
        entries = AuditEntries(session)
        found = entries.page(wish.wanted, **cursor())
        count = entries.count(wish.wanted)
        days = per_day(entries, "all")
        views = views_of_viewer(session)
    return page(
        "admin/audit/listing.html",
        "results",
        status=422 if wish.problems else 200,
        filters=wish.filters,
        wish=wish,
        summary=summary(count),
        chips=chips(wish, found.items),
        days=tell_by_day(found.items),
        turns=wish.filters.turns(found),
        finding=finding(days),
        bars=bars(days),
        ticks=ticks(days),
        kinds=[("", "Any action"), *GROUP_NAMES.items()],
        outcomes=OUTCOME_NAMES,
        periods=PERIOD_NAMES,
        actors=ACTOR_NAMES,
        views=views,
    )


@audit.get("/admin/audit/<uuid:entry_id>")
@requires("read", "audit")
def detail(entry_id: UUID) -> Response:
    """One entry."""
    with reading() as session:
        entry = AuditEntries(session).get(entry_id)
    return page("admin/audit/detail.html", told=tell(entry), entry=entry, raw=as_json(entry))


def summary(count: int) -> str:
    """How many, as far as it was counted."""
    if count > COUNT_CEILING:
        return f"More than {COUNT_CEILING:,} events"
    return "1 event" if count == 1 else f"{count:,} events"
