"""However the rows of a portal change, each is found again at every moment as it really was."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import pytest

from portal.admin.history.present import present_of
from portal.admin.history.reading import history_of
from portal.audit.rules import State
from portal.infra.actor import CLI
from portal.infra.errors import DomainError
from tests.admin.conftest import AddPerson
from tests.admin.walks import ACTS, Walk

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

STEPS: Final = 120
Seen = tuple[datetime, dict[tuple[str, "UUID"], object]]


def plain(state: State | None, at: datetime) -> object:
    """What there is to compare: no names of others, which follow them through time, and nothing that had ended."""
    if state is None:
        return None
    tidy = state.tidy()
    bonds = {
        relation: {
            key: {name: value for name, value in (facts or {}).items() if name != "label"}
            for key, facts in held.items()
            if not _has_ended(facts or {}, at)
        }
        for relation, held in tidy.bonds.items()
    }
    return tidy.fields, {relation: held for relation, held in bonds.items() if held}


def _has_ended(facts: dict[str, object], at: datetime) -> bool:
    ends_at = facts.get("expires_at")
    return isinstance(ends_at, str) and datetime.fromisoformat(ends_at) <= at


def look(session: Session, walk: Walk, at: datetime) -> dict[tuple[str, UUID], object]:
    found = {}
    for kind, ids in walk.rows.items():
        for row_id in ids:
            present = present_of(session, kind, row_id)
            found[kind, row_id] = plain(present.state if present else None, at)
    return found


def live(portal: Portal, clock: MovableClock, walk: Walk) -> list[Seen]:
    """Every change, and after each how all rows really were."""
    seen: list[Seen] = []
    for _ in range(STEPS):
        clock.advance(hours=walk.chance.randint(1, 12))
        try:
            with portal.unit_of_work(CLI) as uow:
                walk.chance.choice(ACTS)(walk, uow)
        except (DomainError, LookupError):
            continue
        at = clock.advance(seconds=1)
        with portal.reading() as session:
            seen.append((at, look(session, walk, at)))
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_every_moment_is_found_again_as_it_was(
    portal: Portal, clock: MovableClock, add_person: AddPerson, seed: int
) -> None:
    people = [add_person(f"person{number}@example.org").id for number in range(4)]
    walk = Walk(seed, people)
    seen = live(portal, clock, walk)
    assert len(seen) > STEPS / 3
    with portal.reading() as session:
        for kind, ids in walk.rows.items():
            for row_id in ids:
                timeline = history_of(session, kind, row_id).timeline
                for at, really in seen:
                    told = timeline.as_of(at)
                    assert plain(told.state, at) == really.get((kind, row_id)), f"{kind} {row_id} at {at}"
                    assert told.is_known
                    assert told.doubtful == frozenset()
