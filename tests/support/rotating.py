"""A process of its own that looks after the signing keys of a portal, once it is told to: for races between two.

python -m tests.support.rotating DATABASE_URL INSTANCE DAYS_AHEAD
"""

import sys
from pathlib import Path

from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from portal.jobs.key_rotation import rotate_keys
from tests.support.portals import MovableClock, cheap_settings, open_portal


def main(database_url: str, instance: str, days: str) -> None:
    clock = MovableClock()
    now = clock.advance(days=float(days))
    with open_portal(cheap_settings(database_url, Path(instance)), clock) as portal:
        message = OutboxMessage(
            id=new_id(), kind="key_rotation", payload={}, created_at=now, available_at=now
        )
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        rotate_keys(portal, message)


if __name__ == "__main__":
    main(*sys.argv[1:])
