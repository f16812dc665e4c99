"""Reading the audit log: every filter, pages without gaps, and off an index on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.audit.errors import EntryNotFound
from portal.audit.models import AuditLog, AuditSubject
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import CLI, Actor
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

MAYA, DEVON, KESTREL = new_id(), new_id(), new_id()
SESSION = new_id()


class Waved(Event):
    """Somebody waved."""

    label = "test.waved"


class Fell(Event):
    """Somebody fell."""

    label = "test.fell"
    outcome = "failure"


def tell(portal: "Portal", happened: Event, actor: Actor = CLI) -> None:
    with portal.unit_of_work(actor) as uow:
        uow.publish(happened)


@pytest.fixture(autouse=True)
def _nothing_happened_yet(portal: "Portal") -> None:
    """The template of the databases has entries of its own making."""
    with portal.unit_of_work(CLI) as uow:
        uow.session.execute(delete(AuditSubject))
        uow.session.execute(delete(AuditLog))


@pytest.fixture
def log(portal: "Portal", clock: "MovableClock") -> Callable[[], Session]:
    """Four entries, a day apart."""
    maya = Actor(kind="user", id=MAYA, label="maya", ip="203.0.113.7", session_id=SESSION, request_id="req_1")
    devon, kestrel = Ref("user", DEVON, "Devon_100%"), Ref("client", KESTREL, "Kestrel_100%")
    tell(portal, Waved(touched=(devon,), reason="Spring review"), maya)
    clock.advance(days=1)
    tell(portal, Waved(touched=(kestrel, devon), after={"a": 1}), maya)
    clock.advance(days=1)
    tell(portal, Fell(touched=(devon, devon)))
    clock.advance(days=1)
    tell(portal, Fell())
    return portal.reading


def actions(log: Callable[[], Session], **wanted: object) -> list[tuple[str, str]]:
    with log() as session:
        page = AuditEntries(session).page(AuditFilter(**wanted))  # type: ignore[arg-type]
        return [(entry.action.removeprefix("test."), entry.resource_label) for entry in page.items]


ALL = [("fell", ""), ("fell", "Devon_100%"), ("waved", "Kestrel_100%"), ("waved", "Devon_100%")]


def test_the_newest_comes_first(log: Callable[[], Session]) -> None:
    assert actions(log) == ALL


def test_everything_that_touched_a_row_is_found_once(log: Callable[[], Session]) -> None:
    assert actions(log, subject_id=DEVON) == ALL[1:]
    assert actions(log, subject_id=KESTREL) == [ALL[2]]
    assert actions(log, subject_id=new_id()) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"actor_id": MAYA}, ALL[2:]),
        ({"session_id": SESSION}, ALL[2:]),
        ({"actions": ("test.fell",)}, ALL[:2]),
        ({"outcome": "failure"}, ALL[:2]),
        ({"outcome": "success"}, ALL[2:]),
        ({"outcome": "failure", "subject_id": DEVON}, [ALL[1]]),
        ({"text": "MAYA"}, []),
        ({"text": "MAYA", "people": (MAYA,)}, ALL[2:]),
        ({"text": "Devon", "people": (DEVON,)}, ALL[1:]),
        ({"ip": "203.0.113.7"}, ALL[2:]),
        ({"text": "kest"}, [ALL[2]]),
        ({"text": "spring"}, []),
        ({"text": "203.0.113.7"}, ALL[2:]),
        ({"text": "203.0.113"}, []),
        ({"text": "req_1"}, ALL[2:]),
        ({"text": "test.fell"}, ALL[:2]),
        ({"text": "l_1"}, [ALL[2]]),
        ({"text": "100%"}, [ALL[2]]),
        ({"text": "1_0%"}, []),
        ({"text": "' OR 1=1 --"}, []),
    ],
)
def test_each_filter_finds_its_own(
    log: Callable[[], Session], wanted: dict[str, object], found: object
) -> None:
    assert actions(log, **wanted) == found


def test_a_period_has_a_first_and_no_last_moment(log: Callable[[], Session], clock: "MovableClock") -> None:
    with log() as session:
        moments = [entry.created_at for entry in AuditEntries(session).page().items]
    assert actions(log, since=moments[1]) == ALL[:2]
    assert actions(log, until=moments[1]) == ALL[2:]
    assert actions(log, since=moments[2], until=moments[0], subject_id=DEVON) == ALL[1:3]


@pytest.mark.parametrize("only", [AuditFilter(), AuditFilter(subject_id=DEVON)])
def test_pages_go_on_and_back_without_a_gap(portal: "Portal", only: AuditFilter) -> None:
    with portal.unit_of_work(CLI) as uow:  # all at one moment: the id decides
        for _ in range(7):
            uow.publish(Waved(touched=(Ref("user", DEVON),)))
    with portal.reading() as session:
        entries = AuditEntries(session)
        ids = [entry.id for entry in entries.page(only, size=7).items]
        first = entries.page(only, size=3)
        second = entries.page(only, size=3, before=first.older)
        third = entries.page(only, size=3, before=second.older)
        back = entries.page(only, size=3, after=third.newer)
        home = entries.page(only, size=3, after=back.newer)
    pages = [first, second, third, back, home]
    assert [[entry.id for entry in page.items] for page in pages] == [
        ids[:3],
        ids[3:6],
        ids[6:],
        ids[3:6],
        ids[:3],
    ]
    assert (first.newer, third.older, home.newer, home.older) == (None, None, None, ids[2])


def test_a_cursor_of_nothing_is_the_first_page(log: Callable[[], Session]) -> None:
    with log() as session:
        page = AuditEntries(session).page(before=new_id())
    assert (len(page.items), page.newer) == (4, None)


def test_one_entry_names_all_it_touched(log: Callable[[], Session]) -> None:
    with log() as session:
        entries = AuditEntries(session)
        (found,) = entries.page(AuditFilter(subject_id=KESTREL)).items
        entry = entries.get(found.id)
        assert [subject.resource_label for subject in entry.subjects] == ["Kestrel_100%", "Devon_100%"]
        with pytest.raises(EntryNotFound):
            entries.get(new_id())


def test_days_without_entries_count_too(log: Callable[[], Session], clock: "MovableClock") -> None:
    with log() as session:
        days = AuditEntries(session).per_day(at=clock.now(), days=5)
    assert [day.day for day in days] == [clock.now().date() - timedelta(days=ago) for ago in (4, 3, 2, 1, 0)]
    assert [(day.succeeded, day.failed) for day in days] == [(0, 0), (1, 0), (1, 0), (0, 1), (0, 1)]


def test_a_day_ends_at_midnight_utc(portal: "Portal") -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    with portal.unit_of_work(CLI) as uow:
        for offset in (-1, 0):
            uow.now = midnight + timedelta(microseconds=offset)
            uow.publish(Waved())
    with portal.reading() as session:
        days = AuditEntries(session).per_day(at=midnight + timedelta(hours=5), days=2)
    assert [(day.day.isoformat(), day.succeeded) for day in days] == [("2026-02-28", 1), ("2026-03-01", 1)]
