"""Every kind of work that the outbox may promise, and how it is done: by the embedded worker and by Celery's alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from portal.audit.services.checkpoints import TO_FILE, TO_WEBHOOK
from portal.bootstrap import OUTBOX_HANDLERS, OutboxHandler, Portal
from portal.grants.services.leaving import LOGOUT_CALL
from portal.infra.bulk import BULK
from portal.infra.letters import MAIL
from portal.infra.outbox import OutboxMessage
from portal.infra.queue import Lane
from portal.jobs.bulk import run_bulk
from portal.jobs.calls import append_checkpoint, post_checkpoint, send_mail
from portal.jobs.housekeeping import HOUSEKEEPING, keep_house
from portal.jobs.key_rotation import KEY_ROTATION, rotate_keys
from portal.jobs.logout_calls import call_app

Call: TypeAlias = Callable[[Portal, OutboxMessage], None]


@dataclass(frozen=True)
class Inside:
    """Done in one transaction with its mark: once, or not at all."""

    run: OutboxHandler
    lane: Lane = Lane.PROMPT


@dataclass(frozen=True)
class Outside:
    """Goes out of the house or takes its time, and so is done outside of any transaction, at least once.

    What takes longer than seconds does a bounded part of it, promises the rest anew, and has the long lane.
    """

    run: Call
    lane: Lane = Lane.PROMPT
    side_by_side: bool = False
    """It goes to many hosts, of which one that hangs must not keep the others waiting."""


Job: TypeAlias = Inside | Outside

JOBS: Final[dict[str, Job]] = {
    **{kind: Inside(handler) for kind, handler in OUTBOX_HANDLERS.items()},
    MAIL: Outside(send_mail),
    TO_FILE: Outside(append_checkpoint),
    TO_WEBHOOK: Outside(post_checkpoint),
    LOGOUT_CALL: Outside(call_app, side_by_side=True),
    HOUSEKEEPING: Inside(keep_house, lane=Lane.LONG),
    KEY_ROTATION: Outside(rotate_keys, lane=Lane.LONG),
    BULK: Outside(run_bulk, lane=Lane.LONG),
}


def kinds_of(lane: Lane) -> frozenset[str]:
    return frozenset(kind for kind, job in JOBS.items() if job.lane == lane)
