"""A worker in a process of its own, for tests that kill it: `python -m tests.jobs.bulk_worker <database> <folder>`."""

import sys
from datetime import timedelta
from pathlib import Path

from portal.infra.actor import SYSTEM
from portal.infra.bulk import BULK
from portal.infra.outbox import Outbox
from portal.jobs.bulk import Stride, run_bulk
from tests.support.portals import cheap_settings, open_portal

UNHURRIED = Stride(batch=20, turn_seconds=60, pause_seconds=0.25)
"""Whoever wants to kill it has time to."""


def main(database_url: str, instance: str) -> None:
    """One job, in one turn; its message is claimed as long work is."""
    with open_portal(cheap_settings(database_url, Path(instance))) as portal:
        with portal.unit_of_work(SYSTEM) as uow:
            (message,) = Outbox(uow.session).claim_due(at=uow.now, only={BULK}, lasting=timedelta(minutes=15))
        run_bulk(portal, message, stride=UNHURRIED)


if __name__ == "__main__":
    main(*sys.argv[1:])
