"""What the portal counts and times, for Prometheus. Labels have few values: never an id, an address or a raw path."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, Literal, ParamSpec, TypeAlias

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from sqlalchemy import Engine, event

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_Mode: TypeAlias = Literal["livesum", "mostrecent"]
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# A second series for each first one, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]


log = structlog.get_logger(__name__)

P = ParamSpec("P")


def _best_effort(
    count: "Callable[Concatenate[Metrics, P], None]",
) -> "Callable[Concatenate[Metrics, P], None]":
    """Whatever is wrong with the files that processes count in, nobody is refused a page for it."""

    @wraps(count)
    def counted(self: "Metrics", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(self, *args, **kwargs)
        except (OSError, TypeError, ValueError) as problem:  # TypeError: the library's word for a closed file
            if not self.has_failed:
                self.has_failed = True
                log.exception("metrics_failed", kind=type(problem).__name__)

    return counted


class Metrics:
    """The metrics of one portal, in a registry of their own.

    Where several processes serve, the start script sets PROMETHEUS_MULTIPROC_DIR before this module is imported;
    the library then counts in files there, and a scrape adds up what all processes wrote.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.has_failed = False
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = self._counter(
            "http_requests_total", "Requests answered.", "method", "endpoint", "status"
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Time from a request's start to its answer.",
            ("method", "endpoint"),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._active = self._gauge("http_active_requests", "Requests under way.", mode="livesum")
        self._connections = self._counter(
            "database_connections_total", "Database connections, by what became of them.", "status"
        )
        self._sign_ins = self._counter("sign_ins_total", "Tries to sign in.", "method", "outcome")
        self._security = self._counter("security_events_total", "Lockouts, replays and the like.", "event")
        self._throttled = self._counter("throttled_requests_total", "Requests refused as too many.", "rule")
        self._hashes = self._gauge("password_hashes_in_flight", "Hashes that run or wait.", mode="livesum")
        self._outbox = self._gauge("outbox_backlog", "Promised work not yet done.", mode="mostrecent")
        self._oldest = self._gauge(
            "outbox_oldest_seconds", "Age of the oldest promised work not yet done.", mode="mostrecent"
        )
        self._dead = self._gauge("outbox_dead_letters", "Promised work that was given up.", mode="mostrecent")
        self._idle = self._gauge(
            "worker_idle_seconds", "Time since somebody last looked for work.", mode="mostrecent"
        )
        self._deliveries = self._counter("outbox_deliveries_total", "Promised work tried.", "kind", "outcome")
        self._redis = self._counter(
            "redis_changes_total", "How often Redis was lost, and came back.", "state"
        )

    @_best_effort
    def request_started(self) -> None:
        self._active.inc()

    @_best_effort
    def request_finished(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """`endpoint` is the pattern of the route; once for each `request_started`."""
        known = method if method in METHODS else "other"
        self._active.dec()
        series = self._answered.get((known, endpoint, status))
        if series is None:
            requests, durations = (
                self._requests.labels(known, endpoint, str(status)),
                self._durations.labels(known, endpoint),
            )
            series = self._answered[known, endpoint, status] = requests, durations
        series[0].inc()
        series[1].observe(seconds)

    @_best_effort
    def signed_in(self, *, method: str, outcome: str) -> None:
        """`method` is how (password, recovery), `outcome` what came of it (accepted, refused, locked)."""
        self._sign_ins.labels(method, outcome).inc()

    @_best_effort
    def security_event(self, name: str) -> None:
        """Something an operator may want an alarm for: lockout, code_replayed, refresh_token_replayed."""
        self._security.labels(name).inc()

    @_best_effort
    def throttled(self, rule: str) -> None:
        self._throttled.labels(rule).inc()

    @_best_effort
    def hashes_in_flight(self, count: int) -> None:
        self._hashes.set(count)

    @_best_effort
    def outbox_backlog(self, count: int) -> None:
        self._outbox.set(count)

    @_best_effort
    def outbox_stands(self, *, oldest_seconds: float, given_up: int) -> None:
        """0 seconds where nothing waits."""
        self._oldest.set(oldest_seconds)
        self._dead.set(given_up)

    @_best_effort
    def worker_idle(self, seconds: float) -> None:
        """A minute is usual: so often word of it is left."""
        self._idle.set(seconds)

    @_best_effort
    def delivered(self, kind: str, *, outcome: str) -> None:
        """`outcome` is done, postponed or failed."""
        self._deliveries.labels(kind, outcome).inc()

    @_best_effort
    def redis_changed(self, is_up: bool) -> None:  # noqa: FBT001 - called by RedisLink with this one value
        self._redis.labels("back" if is_up else "lost").inc()

    def watch(self, engine: Engine) -> None:
        """Count what the connections of an engine go through."""
        for moment, status in (("connect", "opened"), ("close", "closed"), ("invalidate", "invalidated")):
            event.listen(engine, moment, lambda *_, status=status: self._connection(status))

    @_best_effort
    def _connection(self, status: str) -> None:
        self._connections.labels(status).inc()

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *, mode: _Mode) -> Gauge:
        return Gauge(name, meaning, registry=self.registry, multiprocess_mode=mode)
