"""What is looked at again and again, and how often: the embedded worker's turns and Celery's schedule are both made of
this. A round that comes twice, late or side by side with itself does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.leases import WORK, lease, take_lease
from portal.infra.queue import Lane, delivery_of
from portal.jobs.delivery import deliver_some
from portal.jobs.housekeeping import schedule_housekeeping
from portal.jobs.sealing import seal_history, tend_history

SWEEP_SECONDS: Final = 5.0
"""How long a promise waits at most of which no word came."""
SCHEDULE_SECONDS: Final = 300.0
"""Housekeeping promises its own successor; this begins it, and begins it again should it ever be given up."""
NOTE_EVERY: Final = timedelta(minutes=1)
_myself = new_id()


@dataclass(frozen=True)
class Round:
    """One of them; `seconds` between two."""

    name: str
    run: Callable[[Portal], None]
    seconds: float
    lane: Lane


def deliver(lane: Lane, portal: Portal) -> None:
    """One batch; where there may be more, another process begins with it meanwhile."""
    note_work(portal)
    deliver_some(portal, lane, if_more=portal.queue.announce)


def note_work(portal: Portal) -> None:
    """Leave word, once a minute, that somebody works: the dashboard warns where nobody has for long."""
    with portal.reading() as session:
        last = lease(session, WORK)
    if last is None or portal.ports.clock.now() - last.renewed_at >= NOTE_EVERY:
        with portal.unit_of_work(SYSTEM) as uow:
            take_lease(uow, WORK, holder=_myself, lasting=timedelta())


ROUNDS: Final = (
    *(Round(delivery_of(lane), partial(deliver, lane), SWEEP_SECONDS, lane) for lane in Lane),
    Round("seal_history", seal_history, 5.0, Lane.PROMPT),
    Round("tend_history", tend_history, 60.0, Lane.LONG),
    Round("schedule_housekeeping", schedule_housekeeping, SCHEDULE_SECONDS, Lane.LONG),
)
