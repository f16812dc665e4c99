"""The caches that a portal may have, for tests of what holds for each."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest

from portal.infra.cache import Cache, MemoryCache
from portal.infra.redis_store import RedisCache, RedisLink

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = itertools.count()


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Iterator[Cache]:
    if request.param == "memory":
        yield MemoryCache()
        return
    link = RedisLink(request.getfixturevalue("redis_url"))
    yield RedisCache(link, namespace=f"test:{next(NAMES)}:{time.time_ns()}:")
    link.pool.disconnect()
