"""The audit log: thirty days at a glance, filters, and every entry with what was before and after."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, cast
from uuid import UUID

from flask import Blueprint, Response

from portal.admin.console import Filters, choice, cursor, id_of, now, page, words
from portal.admin.telling import as_json, tell, tell_by_day
from portal.audit.repository import COUNT_CEILING, AuditEntries, AuditFilter, AuditLog, DayCount
from portal.audit.rules import GROUP_NAMES, actions_of
from portal.http.context import current_portal, reading
from portal.http.guards import requires
from portal.infra.cache import Json, cached
from portal.infra.events import Outcome

audit = Blueprint("admin_audit", __name__)

CHART_SECONDS: Final = 15
PERIODS: Final = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}
PERIOD_NAMES: Final = (
    ("", "Any time"), ("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"),
    ("90", "Last 90 days"), ("365", "Last 12 months"),
)  # fmt: skip
OUTCOMES: Final[dict[str, Outcome]] = {"success": "success", "failure": "failure"}
OUTCOME_NAMES: Final = (("", "Any outcome"), ("success", "Succeeded"), ("failure", "Failed"))


@audit.get("/admin/audit")
@requires("read", "audit")
def listing() -> Response:
    """What happened, newest first."""
    filters, wanted = _wanted()
    with reading() as session:
        entries = AuditEntries(session)
        found = entries.page(wanted, **cursor())
        count = entries.count(wanted)
        days = per_day(entries, "all")
    return page(
        "admin/audit/listing.html",
        "results",
        filters=filters,
        wanted=wanted,
        summary=_summary(count),
        chips=_chips(filters, wanted, found.items),
        days=tell_by_day(found.items),
        turns=filters.turns(found),
        finding=finding(days),
        bars=bars(days),
        ticks=ticks(days),
        kinds=[("", "Any action"), *GROUP_NAMES.items()],
        outcomes=OUTCOME_NAMES,
        periods=PERIOD_NAMES,
    )


@audit.get("/admin/audit/<uuid:entry_id>")
@requires("read", "audit")
def detail(entry_id: UUID) -> Response:
    """One entry under an address of its own."""
    with reading() as session:
        entry = AuditEntries(session).get(entry_id)
    return page("admin/audit/detail.html", told=tell(entry), entry=entry, raw=as_json(entry))


def per_day(entries: AuditEntries, name: str, actions: tuple[str, ...] = ()) -> list[DayCount]:
    """The last thirty days; counted at most once in `CHART_SECONDS`, however many look at it."""

    def load() -> Json:
        counted = entries.per_day(at=now(), actions=actions)
        return [[day.day.isoformat(), day.succeeded, day.failed] for day in counted]

    def read(kept: Json) -> list[DayCount]:
        rows = cast(Sequence[tuple[str, int, int]], kept)
        return [DayCount(date.fromisoformat(day), int(good), int(bad)) for day, good, bad in rows]

    key = f"admin:days:{name}:{now().date()}"
    return cached(current_portal().ports.cache, key, ttl_seconds=CHART_SECONDS, load=load, read=read)


def _wanted() -> tuple[Filters, AuditFilter]:
    """The filters of the address, as they stand in it and as the log understands them."""
    kind, outcome = choice("kind", {key: key for key in GROUP_NAMES}), choice("outcome", OUTCOMES)
    days = choice("period", PERIODS)
    actor, subject, session, text = id_of("actor"), id_of("subject"), id_of("session"), words("q")
    filters = Filters(
        "admin_audit.listing",
        q=text,
        kind=kind,
        outcome=outcome,
        period=str(days) if days else None,
        actor=actor,
        subject=subject,
        session=session,
    )
    return filters, AuditFilter(
        actor_id=actor,
        subject_id=subject,
        session_id=session,
        actions=actions_of(kind) if kind else (),
        outcome=outcome,
        since=now() - timedelta(days=days) if days else None,
        text=text,
    )


def _chips(filters: Filters, wanted: AuditFilter, found: Sequence[AuditLog]) -> list[tuple[str, str]]:
    """Only what no field of the filter bar shows; the names come from the entries themselves."""
    actor = next((entry.actor_label for entry in found), "somebody")
    subject = next(
        (
            row.resource_label
            for entry in found
            for row in entry.subjects
            if row.resource_id == wanted.subject_id
        ),
        "",
    )
    return filters.chips(
        ("actor", f"Done by {actor}"),
        ("subject", f"About {subject or 'one record'}"),
        ("session", "One session"),
    )


def _summary(count: int) -> str:
    if count > COUNT_CEILING:
        return f"More than {COUNT_CEILING:,} events"
    return "1 event" if count == 1 else f"{count:,} events"


def finding(days: Sequence[DayCount]) -> str:
    """The chart in a sentence."""
    most = max(days, key=lambda day: day.succeeded + day.failed)
    worst = max(days, key=lambda day: day.failed)
    total = sum(day.succeeded + day.failed for day in days)
    if not total:
        return "Nothing happened in the last 30 days."
    busiest = f"{total:,} events in 30 days, most on {_day(most.day)} ({most.succeeded + most.failed:,})."
    return f"{busiest} Failures peaked at {worst.failed:,} on {_day(worst.day)}." if worst.failed else busiest


def bars(days: Sequence[DayCount]) -> list[tuple[str, int, int]]:
    """The chart's rows."""
    return [(f"{day.day.day} {day.day:%b}", day.succeeded, day.failed) for day in days]


def ticks(days: Sequence[DayCount]) -> list[str]:
    """What stands under the chart: the first day, one in each week, and today."""
    return [*(f"{day.day.day} {day.day:%b}" for day in days[:-5:7]), "Today"]


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
