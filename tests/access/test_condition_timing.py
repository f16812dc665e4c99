"""When the answer of a condition may turn by itself."""

from datetime import UTC, datetime, time, timedelta

import pytest

from portal.access.rules.conditions import Context, Facts, Json, holds, turning_points
from tests.access.documents import MONDAY, compare


@pytest.mark.parametrize(
    "document",
    [
        compare("context.time", "between", ["22:00", "05:30"], timezone="Europe/Berlin"),
        compare("context.time", "greater", "18:00"),
        compare("context.weekday", "in", ["saturday", "sunday"], timezone="Asia/Kolkata"),
        compare("context.date", "between", ["2026-11-24", "2026-11-26"], timezone="America/New_York"),
        compare("context.date", "less", {"ref": "subject.until"}),
        compare("context.now", "less", "2026-11-24T10:00:00Z"),
        compare("context.auth_age_seconds", "less", 3600),
        {
            "not": {
                "all": [
                    compare("context.weekday", "equals", "tuesday"),
                    compare("context.time", "less", "09:00"),
                ]
            }
        },
    ],
)
def test_between_two_turning_points_nothing_changes(document: Json) -> None:
    """Looked at every ten minutes for eight days, the answer differs only after one of them."""

    def facts(now: datetime) -> Facts:
        return Facts(context=Context(now=now, auth_time=MONDAY), subject={"until": "2026-11-25"})

    points = turning_points(document, facts(MONDAY)).after(MONDAY, days=8)
    at, held, seen = MONDAY, holds(document, facts(MONDAY)), 0
    for minutes in range(10, 8 * 24 * 60, 10):
        later = MONDAY + timedelta(minutes=minutes)
        answer = holds(document, facts(later))
        if answer is not held:
            turns = [point for point in points if at < point <= later]
            assert any(holds(document, facts(point)) is answer for point in turns)
            seen += 1
        at, held = later, answer
    assert seen


def test_a_time_of_day_is_one_of_the_zone_on_that_day() -> None:
    """The day on which summer time ends has its nine o'clock an hour later."""
    document = compare("context.time", "greater", "09:00", timezone="Europe/Berlin")
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    points = turning_points(document, Facts(context=Context(now=start))).after(start, days=1)
    assert datetime.combine(start.date() + timedelta(days=1), time(8), UTC) in points
