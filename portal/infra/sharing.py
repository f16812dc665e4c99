"""What the processes of a portal share: by Redis where one is configured, each for itself otherwise."""

from typing import TYPE_CHECKING

from portal.infra.cache import Cache, MemoryCache
from portal.infra.metrics import Metrics
from portal.infra.settings import Settings
from portal.infra.tracing import Traces

if TYPE_CHECKING:
    from portal.infra.redis_store import RedisLink


def shared_of(settings: Settings, metrics: Metrics, traces: Traces) -> "tuple[RedisLink | None, Cache]":
    """The way to Redis, and a cache. The client is large, so a portal without one does not load it."""
    if settings.redis_url is None:
        return None, MemoryCache()
    from portal.infra.redis_store import RedisCache, RedisLink  # noqa: PLC0415

    link = RedisLink(settings.redis_url, on_change=metrics.redis_changed, traces=traces)
    return link, RedisCache(link)
