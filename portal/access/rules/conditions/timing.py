"""When the answer of a condition may change by itself, because time goes on.

Nothing is solved here: these are the moments at which it is worth looking again. Between two of them every comparison
with the clock stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from portal.access.rules.conditions.facts import Facts, Missing, Value
from portal.access.rules.conditions.values import date_of, moment_of, time_of, zone_of

_TICK: Final = timedelta(microseconds=1)
_MOST_STARTS: Final = 20
_MINUTE: Final = timedelta(minutes=1)
_MIDNIGHT: Final = time(0, 0)


@dataclass(frozen=True, kw_only=True)
class TurningPoints:
    """Moments that come once, and times of day that come again each day."""

    once: frozenset[datetime] = frozenset()
    daily: frozenset[tuple[str, time]] = frozenset()
    """Each with the name of its time zone."""

    def __or__(self, other: "TurningPoints") -> "TurningPoints":
        return TurningPoints(once=self.once | other.once, daily=self.daily | other.daily)

    def after(self, at: datetime, *, days: int) -> list[datetime]:
        """Every moment from then on at which something may change, in order: the daily ones for so many days, and for
        so many more after each that comes once.
        """
        coming = {moment for moment in self.once if moment > at}
        starts = (at, *sorted(coming)[:_MOST_STARTS]) if self.daily else ()
        for start in starts:
            coming.update(self._daily_from(start, days))
        return sorted(moment for moment in coming if moment > at)

    def _daily_from(self, start: datetime, days: int) -> Iterator[datetime]:
        for name, clock in self.daily:
            zone = zone_of(name) or UTC
            today = start.astimezone(zone).date()
            for offset in range(days + 1):
                yield _in_utc(today + timedelta(days=offset), clock, zone)


def turning_points(document: object, facts: Facts) -> TurningPoints:
    """Of every comparison of the document that looks at the clock."""
    found = TurningPoints()
    for node in _comparisons(document):
        found |= _of_comparison(node, facts)
    return found


def size_of(document: object) -> int:
    """How many comparisons it has."""
    return sum(1 for _ in _comparisons(document))


def _comparisons(node: object) -> Iterator[Mapping[str, object]]:
    if not isinstance(node, Mapping):
        return
    if "attribute" in node:
        yield node
    for combiner in ("all", "any"):
        parts = node.get(combiner)
        for part in parts if isinstance(parts, list) else ():
            yield from _comparisons(part)
    if "not" in node:
        yield from _comparisons(node["not"])


def _of_comparison(node: Mapping[str, object], facts: Facts) -> TurningPoints:
    values = list(_values(node.get("value"), facts))
    zone_name = str(node.get("timezone") or "UTC")
    zone = zone_of(zone_name) or UTC
    match node.get("attribute"):
        case "context.time":
            clocks = {clock for value in values if (clock := _time(value)) is not None}
            later = {(datetime.combine(date.min, clock) + _MINUTE).time() for clock in clocks}
            return TurningPoints(
                daily=frozenset((zone_name, clock) for clock in {*clocks, *later, _MIDNIGHT})
            )
        case "context.weekday":
            return TurningPoints(daily=frozenset({(zone_name, _MIDNIGHT)}))
        case "context.date":
            days = {day for value in values if (day := _date(value)) is not None and day < date.max}
            edges = {
                _in_utc(edge, _MIDNIGHT, zone) for day in days for edge in (day, day + timedelta(days=1))
            }
            return TurningPoints(once=frozenset(edges))
        case "context.now":
            moments = {moment for value in values if (moment := _moment(value)) is not None}
            return TurningPoints(once=frozenset(moments | {moment + _TICK for moment in moments}))
        case "context.auth_age_seconds" if facts.context.auth_time is not None:
            since = facts.context.auth_time
            ages = {float(value) for value in values if isinstance(value, int | float)}
            return TurningPoints(
                once=frozenset(
                    since + timedelta(seconds=age + more) for age in ages for more in (0, 1) if age < 10**9
                )
            )
    return TurningPoints()


def _values(given: object, facts: Facts) -> Iterator[Value | Missing]:
    if isinstance(given, Mapping):
        yield facts.look_up(str(given.get("ref")))
    elif isinstance(given, list):
        yield from given
    else:
        yield given  # type: ignore[misc]  # whatever JSON holds


def _time(value: Value | Missing) -> time | None:
    return time_of(value) if isinstance(value, str) else value if isinstance(value, time) else None


def _date(value: Value | Missing) -> date | None:
    if isinstance(value, datetime):
        return None
    return date_of(value) if isinstance(value, str) else value if isinstance(value, date) else None


def _moment(value: Value | Missing) -> datetime | None:
    return moment_of(value) if isinstance(value, str) else value if isinstance(value, datetime) else None


def _in_utc(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
