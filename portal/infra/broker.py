"""Word by Redis to Celery workers: its message protocol, version 2, spoken by kombu alone. Only who works needs
Celery itself, and the memory that it takes.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import structlog
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.messaging import Producer

from portal.infra.ids import new_id
from portal.infra.queue import Lane, delivery_of

log = structlog.get_logger(__name__)

TASK: Final = "portal."
PREFIX: Final = "portal:jobs:"
"""Of every key in Redis, beside `portal:cache:` and the throttles."""
REST_SECONDS: Final = 5.0
MOST_WAITING: Final = 20
"""A heap of messages says no more than a few do; without workers it must not grow."""
TIMEOUT_SECONDS: Final = 1.0


def broker_address(redis_url: str) -> str:
    """The same Redis in kombu's words. It reads `rediss` as plain TCP where the address asks for no certificate, so
    here it always does; `ssl_ca_certs` may name who vouches for it.
    """
    parts = urlsplit(redis_url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme == "unix":
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={asked.get('db', '0')}"
    if parts.scheme == "rediss":
        asked = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"} | asked
    return urlunsplit(parts._replace(query=urlencode(asked)))


def transport_options(timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Any]:
    """How both ends speak to Redis: nobody waits for it without end."""
    return {
        "global_keyprefix": PREFIX,
        "priority_steps": [0],
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "socket_keepalive": True,
        "max_retries": 0,
    }


class BrokerQueue:
    """Sends messages that hold the name of a round and nothing else. After a failure nobody tries for `rest_seconds`.

    The connection is made at first use, so a fork before it shares none.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        rest_seconds: float = REST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = broker_address(redis_url)
        self._rest_seconds = rest_seconds
        self._now = now
        self._lock = Lock()
        self._connection: Connection | None = None
        self._next_try_at = 0.0

    def announce(self) -> None:
        for lane in Lane:
            self.send(delivery_of(lane), lane=lane)

    def send(self, name: str, *, lane: Lane) -> bool:
        """Have one worker do a round; whether word of it is on its way, or enough of it was already."""
        with self._lock:
            if self._now() < self._next_try_at:
                return False
            try:
                self._publish(f"{TASK}{name}", queue=lane)
            except Exception as away:  # noqa: BLE001 - kombu lets errors of the client, the socket and its own through
                self._rest(away)
                return False
            self._next_try_at = 0.0
            return True

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _publish(self, task: str, *, queue: str) -> None:
        if self._connection is None:
            self._connection = connect(self._address)
        channel = self._connection.default_channel
        if channel.queue_declare(queue).message_count < MOST_WAITING:  # type: ignore[no-untyped-call]
            producer = Producer(channel, auto_declare=False)  # type: ignore[no-untyped-call]
            producer.publish(  # type: ignore[no-untyped-call]
                routing_key=queue, exchange="", serializer="json", **message(task)
            )

    def _rest(self, away: Exception) -> None:
        if not self._next_try_at:
            log.warning("broker_away", kind=type(away).__name__)
        self._next_try_at = self._now() + self._rest_seconds
        self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.release()  # type: ignore[no-untyped-call]
            except (KombuError, OSError) as already:
                log.debug("broker_gone", kind=type(already).__name__)


def connect(address: str) -> Connection:
    """Nothing is contacted before its first use."""
    options = transport_options()
    return Connection(address, transport_options=options, connect_timeout=TIMEOUT_SECONDS)  # type: ignore[no-untyped-call]


def message(task: str) -> dict[str, Any]:
    """Body, headers and properties of a task without arguments (docs.celeryq.dev, "Message Protocol", version 2)."""
    message_id = str(new_id())
    return {
        "body": [[], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}],
        "headers": {
            "lang": "py",
            "task": task,
            "id": message_id,
            "root_id": message_id,
            "parent_id": None,
            "group": None,
            "retries": 0,
            "timelimit": [None, None],
            "eta": None,
            "expires": None,
            "argsrepr": "()",
            "kwargsrepr": "{}",
        },
        "correlation_id": message_id,
    }
