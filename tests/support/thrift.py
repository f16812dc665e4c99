"""What a run may leave to the next one, so that all of it stays within the time that a change has."""

import re
import shutil
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

DOORS: Final = tuple(
    f"tests/{door}/"
    for door in (
        "admin",
        "api",
        "cli",
        "fuzz",
        "http",
        "journeys",
        "oauth",
        "regress",
        "relying_parties",
        "web",
    )
)
"""Doors over use cases: what these do to a database is tested on both kinds where they live."""
ON_BOTH: Final = re.compile(
    r"race|at_once|only_once|_once_|nodes|processes|_ends|states|life|budget|many_tokens|export|time_travel|import"
)
"""Where the database decides how it ends: who comes first, what is dead by then, how many statements it takes."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - pytest makes folders of its own in it, as it does in /tmp
ROOM: Final = 4 * 2**30
_KIND: Final = re.compile(r"(?<=[\[-])(sqlite|postgresql)(?=[\]-])")


def in_memory() -> Path | None:
    """Where the run's databases may lie instead of on a disk: each test commits to one of its own, and half of its time
    would go into making sure that this outlasts a power cut.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_room else None


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Of each test of a door that would run on both databases, one of the two: always the same one, and about as many
    on this as on that.
    """
    twins: defaultdict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        is_journey = item.nodeid.startswith("tests/journeys/")
        is_of_door = item.nodeid.startswith(DOORS) and (is_journey or not ON_BOTH.search(item.nodeid))
        if is_of_door and (kind := _KIND.search(item.nodeid)):
            twins[_KIND.sub("", item.nodeid)][kind[1]] = item
    return {
        pair[sorted(pair)[zlib.crc32(name.encode()) % 2]] for name, pair in twins.items() if len(pair) == 2
    }
