"""What happened, newest first, and each entry under an address of its own."""

from typing import Final
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
from portal.audit.repository import (
    COUNT_CEILING,
    MOST_OPENED,
    AuditEntries,
    AuditFilter,
    Entry,
    chain_state,
    page_by_reason,
)
from portal.audit.rules import GROUP_NAMES
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.pages import is_htmx
from portal.http.tidying import tidy_address
from portal.infra.repository import Page

ON_A_PAGE: Final = 18
"""An entry brings its values and links along, folded: more of them would make the page heavy on the line."""


@audit.get("/admin/audit")
@tidy_address
@requires("read", "audit")
def listing() -> Response:
    """The log, filtered by its address."""
    with reading() as session:
        wish = read_wish(session, request.args)
        entries = AuditEntries(session)
        found, count = _found(entries, wish.wanted)
        days = per_day(entries, "all")
        views = views_of_viewer(session)
        chain = chain_state(session) if not is_htmx() else None
    return page(
        "admin/audit/listing.html",
        "results",
        status=422 if wish.problems else 200,
        filters=wish.filters,
        wish=wish,
        summary=count,
        chain=chain,
        chips=chips(wish, found.items),
        days=tell_by_day(found.items),
        turns=wish.filters.turns(found),
        most_opened=MOST_OPENED,
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


def _found(entries: AuditEntries, wanted: AuditFilter) -> tuple[Page[Entry], str]:
    """A page, and how many there are, as far as it was counted."""
    if not wanted.reason:
        return entries.page(wanted, size=ON_A_PAGE, **cursor()), summary(entries.count(wanted))
    found = page_by_reason(entries, wanted, before=cursor()["before"])
    here = summary(len(found.items))
    return found, f"{here} on this page, of {MOST_OPENED:,} looked through" if found.older else here


def summary(count: int) -> str:
    """How many, as far as it was counted."""
    if count > COUNT_CEILING:
        return f"More than {COUNT_CEILING:,} events"
    return "1 event" if count == 1 else f"{count:,} events"
