"""What a run may leave to the next one, so that all of it stays within the time that a change has."""

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import pytest

DOORS: Final = ("tests/admin/", "tests/fuzz/", "tests/web/")
"""Pages over use cases: what these do to a database is tested on both kinds where they live."""
_KIND: Final = re.compile(r"(?<=[\[-])(sqlite|postgresql)(?=[\]-])")


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Of each test of a page that would run on both databases, one of the two: always the same one, and about as many
    on this as on that.
    """
    twins: defaultdict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if item.nodeid.startswith(DOORS) and (kind := _KIND.search(item.nodeid)):
            twins[_KIND.sub("", item.nodeid)][kind[1]] = item
    return {
        pair[sorted(pair)[zlib.crc32(name.encode()) % 2]] for name, pair in twins.items() if len(pair) == 2
    }
