"""Every event can be told in the audit log."""

import re
from collections import Counter
from collections.abc import Iterator

from portal.infra.events import Event
from tests.house.source import import_everything


def _leaves(kind: type[Event]) -> Iterator[type[Event]]:
    """The events that can happen; a class with heirs only says what they share."""
    heirs = kind.__subclasses__()
    if not heirs:
        yield kind
    for heir in heirs:
        yield from _leaves(heir)


def _events() -> set[type[Event]]:
    import_everything()
    return {event for event in _leaves(Event) if event.__module__.startswith("portal.")} - {Event}


def test_every_event_has_a_label() -> None:
    unlabelled = {
        event.__qualname__ for event in _events() if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", event.label)
    }
    assert unlabelled == set()


def test_no_two_events_share_a_label() -> None:
    uses = Counter(event.label for event in _events())
    assert {label for label, count in uses.items() if count > 1} == set()


def test_events_are_frozen_facts() -> None:
    thawed = {event.__qualname__ for event in _events() if not event.__dataclass_params__.frozen}  # type: ignore[attr-defined]
    assert thawed == set()
