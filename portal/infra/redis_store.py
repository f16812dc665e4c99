"""Redis: optional, shared by the processes, and never the truth. Import it only where one is configured (26 MB)."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

import structlog
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from portal.infra.cache import MAX_VALUE_BYTES, Flights, Json, decode, encode
from portal.infra.tracing import NO_TRACES, Traces

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

TIMEOUT_SECONDS: Final = 0.2
REST_SECONDS: Final = 5.0
_SCAN_BATCH: Final = 500


class RedisLink:
    """The way to Redis. After a failure nobody tries for `rest_seconds`, then one at a time: dead, it costs nothing.

    `on_change` is told True when it answers again and False when it stops: once each, for an alarm.
    """

    def __init__(
        self,
        url: str,
        *,
        rest_seconds: float = REST_SECONDS,
        on_change: Callable[[bool], None] = lambda _: None,
        traces: Traces = NO_TRACES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pool = ConnectionPool.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            max_connections=128,
        )
        self.client = Redis(connection_pool=self.pool)
        self._rest_seconds = rest_seconds
        self._on_change = on_change
        self._now = now
        self._traces = traces
        self._lock = Lock()
        self._next_try_at: float | None = None

    def ask(self, question: Callable[[], _T], *, otherwise: _T, operation: str = "EVALSHA") -> _T:
        """The answer of Redis, or `otherwise` where it gives none; never an error of Redis. `operation` is what a trace
        calls it, which never says the key: limits are counted by scripts.
        """
        if not self._may_try():
            return otherwise
        said = {"db.system.name": "redis", "db.operation.name": operation}
        try:
            with self._traces.calling(operation, said):
                answer = question()
        except (ResponseError, ValueError) as problem:
            # It lives, but holds something else under this key, or may not write: no reason to avoid it.
            log.warning("redis_refused", reason=type(problem).__name__)
            return otherwise
        except (RedisError, OSError) as problem:
            self._failed(problem)
            return otherwise
        self._answered()
        return answer

    def is_up(self) -> bool:
        """Whether Redis answers; asks it, unless it has just failed."""
        return self.ask(lambda: bool(self.client.ping()), otherwise=False, operation="PING")

    def _may_try(self) -> bool:
        with self._lock:
            if self._next_try_at is None:
                return True
            if self._now() < self._next_try_at:
                return False
            self._next_try_at = self._now() + self._rest_seconds
            return True

    def _failed(self, problem: Exception) -> None:
        with self._lock:
            was_up = self._next_try_at is None
            self._next_try_at = self._now() + self._rest_seconds
        if was_up:
            log.error("redis_lost", reason=type(problem).__name__)
            self._on_change(False)

    def _answered(self) -> None:
        with self._lock:
            was_down = self._next_try_at is not None
            self._next_try_at = None
        if was_down:
            log.info("redis_back")
            self._on_change(True)


class RedisCache:
    """A cache that the processes share. Any failure is a miss."""

    def __init__(self, link: RedisLink, *, namespace: str = "portal:cache:") -> None:
        self.flights = Flights()
        self._link = link
        self._namespace = namespace

    def get(self, key: str) -> Json:
        text = self._link.ask(
            lambda: self._link.client.get(self._namespace + key), otherwise=None, operation="GET"
        )
        return decode(text) if isinstance(text, bytes) else None

    def set(self, key: str, value: Json, *, ttl_seconds: float) -> None:
        text, milliseconds = encode(value), max(1, round(ttl_seconds * 1000))
        if value is None or len(text) > MAX_VALUE_BYTES:
            return
        self._link.ask(
            lambda: self._link.client.set(self._namespace + key, text, px=milliseconds),
            otherwise=None,
            operation="SET",
        )

    def delete(self, key: str) -> None:
        self.flights.forget(key)
        self._link.ask(lambda: self._link.client.delete(self._namespace + key), otherwise=0, operation="DEL")

    def delete_prefix(self, prefix: str) -> None:
        self.flights.forget_prefix(prefix)
        pattern = (
            "".join(f"\\{sign}" if sign in "*?[]^\\" else sign for sign in self._namespace + prefix) + "*"
        )
        self._link.ask(lambda: self._unlink(pattern), otherwise=0, operation="UNLINK")

    def _unlink(self, pattern: str) -> int:
        found = list(self._link.client.scan_iter(match=pattern, count=_SCAN_BATCH))
        batches = [found[start : start + _SCAN_BATCH] for start in range(0, len(found), _SCAN_BATCH)]
        return sum(int(self._link.client.unlink(*batch)) for batch in batches)
