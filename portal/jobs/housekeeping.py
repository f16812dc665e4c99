"""Housekeeping, once an hour in one process: forget what has long expired, see whether signing keys are due.

It is a message of the outbox that promises its own successor, so it needs no scheduler, runs once however many
processes there are, and goes on after a restart. Nothing depends on it: expiry is checked at use.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import structlog

from portal.accounts.services import forget_stale as forget_stale_sign_ups
from portal.bootstrap import Portal
from portal.grants.usecases.keys import drop_old_keys
from portal.grants.usecases.strangers import forget_unused_strangers
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM
from portal.infra.idempotency import forget_answers
from portal.infra.outbox import FORGET_AT_ONCE, Outbox
from portal.infra.unit_of_work import UnitOfWork
from portal.jobs.bulk import tend_bulk_jobs
from portal.jobs.key_rotation import promise_rotation
from portal.sessions.services import forget_stale as forget_stale_sessions

log = structlog.get_logger(__name__)

HOUSEKEEPING: Final = "housekeeping"
EVERY: Final = timedelta(hours=1)
SOON: Final = timedelta(seconds=10)
KEEP_DELIVERED: Final = timedelta(days=30)
"""How long pages show what was sent or done."""
KEEP_DEAD: Final = timedelta(days=180)
"""How long what was given up waits for somebody who mends it."""


def schedule_housekeeping(portal: Portal) -> None:
    """Begin the chain where none is under way."""
    with portal.unit_of_work(SYSTEM) as uow:
        uow.lock("jobs.housekeeping")
        if not Outbox(uow.session).waits(HOUSEKEEPING):
            uow.enqueue(HOUSEKEEPING, {}, available_at=uow.now + EVERY)


def keep_house(uow: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """One round."""
    is_full = forget_stale_sign_ups(uow)
    is_full |= forget_stale_sessions(uow)
    is_full |= forget_expired(uow)
    is_full |= forget_unused_strangers(uow)
    is_full |= forget_answers(uow)
    is_full |= tend_bulk_jobs(uow)
    is_full |= _forget_work(uow)
    drop_old_keys(uow)
    promise_rotation(uow)
    # what could not be swept in one go is swept soon: a transaction of minutes would stop everybody else
    uow.enqueue(HOUSEKEEPING, {}, available_at=uow.now + (SOON if is_full else EVERY))
    log.info("house_kept")


def _forget_work(uow: UnitOfWork) -> bool:
    gone = Outbox(uow.session).forget_before(uow.now - KEEP_DELIVERED, dead_before=uow.now - KEEP_DEAD)
    return gone >= FORGET_AT_ONCE
