"""Thirty days at a glance."""

from collections.abc import Sequence
from datetime import date
from typing import Final, cast

from portal.admin.console import now
from portal.audit.repository import AuditEntries, DayCount
from portal.http.context import current_portal
from portal.infra.cache import Json, recall

CHART_SECONDS: Final = 15


def per_day(entries: AuditEntries, name: str, actions: tuple[str, ...] = ()) -> list[DayCount]:
    """The last thirty days; counted at most once in `CHART_SECONDS`, however many look at it."""

    def load() -> Json:
        counted = entries.per_day(at=now(), actions=actions)
        return [[day.day.isoformat(), day.succeeded, day.failed] for day in counted]

    def read(kept: Json) -> list[DayCount]:
        rows = cast(Sequence[tuple[str, int, int]], kept)
        return [DayCount(date.fromisoformat(day), int(good), int(bad)) for day, good, bad in rows]

    key = f"admin:days:{name}:{now().date()}"
    return recall(current_portal().ports.cache, key, ttl_seconds=CHART_SECONDS, load=load, read=read)


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
