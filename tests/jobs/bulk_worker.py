"""A worker in a process of its own, for tests that kill it: `python -m tests.jobs.bulk_worker <database> <folder>`."""

import sys
from pathlib import Path

from portal.jobs.delivery import deliver_due
from tests.support.portals import cheap_settings, open_portal


def main(database_url: str, instance: str) -> None:
    with open_portal(cheap_settings(database_url, Path(instance))) as portal:
        while deliver_due(portal):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
