"""Answers kept for a while. A cache is never the truth: whatever it lost or garbled is asked again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial, wraps
from threading import Lock
from typing import Concatenate, Final, ParamSpec, Protocol, TypeAlias, TypeVar, cast, overload

import orjson

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
_T = TypeVar("_T")
_P = ParamSpec("_P")

MAX_VALUE_BYTES: Final = 256 * 1024
_ENTRY_BYTES: Final = 250  # what a kept answer costs besides its key and text
_FLIGHT_SECONDS: Final = 5.0


class Cache(Protocol):
    """Keeps JSON, and only JSON. None is "not there", so an answer that is None is asked again each time."""

    @property
    def flights(self) -> "Flights": ...

    def get(self, key: str) -> Json: ...

    def set(self, key: str, value: Json, *, ttl_seconds: float) -> None: ...

    def delete(self, key: str) -> None: ...

    def delete_prefix(self, prefix: str) -> None: ...


@overload
def recall(cache: Cache, key: str, *, ttl_seconds: float, load: Callable[[], Json]) -> Json: ...
@overload
def recall(
    cache: Cache, key: str, *, ttl_seconds: float, load: Callable[[], Json], read: Callable[[Json], _T]
) -> _T: ...
def recall(
    cache: Cache,
    key: str,
    *,
    ttl_seconds: float,
    load: Callable[[], Json],
    read: Callable[[Json], _T] | None = None,
) -> Json | _T:
    """The kept answer, or a new one from `load`, once for all threads that ask for it at the same time.

    `read` turns JSON into the caller's type; a kept answer that it refuses (ValueError, TypeError, KeyError) is
    thrown away. An answer is not kept if its key was deleted while it was being loaded: it may be stale.
    """
    kept = cache.get(key)
    if kept is not None:
        try:
            return kept if read is None else read(kept)
        except (ValueError, TypeError, KeyError):
            cache.delete(key)

    def look_again_and_load() -> Json:
        found = cache.get(key)
        return decode(encode(load())) if found is None else found

    answer = cache.flights.run(
        key, look_again_and_load, keep=lambda value: cache.set(key, value, ttl_seconds=ttl_seconds)
    )
    return answer if read is None else read(answer)


def cached(
    key: Callable[_P, str], *, ttl_seconds: float
) -> Callable[[Callable[_P, Json]], Callable[Concatenate[Cache, _P], Json]]:
    """A decorator: the function's answer to arguments of the same `key`, from the cache that callers name first.

    What is kept, for whom and for how long is as in `recall`:

        @cached(lambda uri: f"logo:{uri}", ttl_seconds=60)
        def logo(uri: str) -> Json: ...

        logo(ports.cache, "https://app.example.org/logo.svg")
    """

    def decorate(function: Callable[_P, Json]) -> Callable[Concatenate[Cache, _P], Json]:
        @wraps(function)
        def recalled(cache: Cache, /, *args: _P.args, **kwargs: _P.kwargs) -> Json:
            load = partial(function, *args, **kwargs)
            return recall(cache, key(*args, **kwargs), ttl_seconds=ttl_seconds, load=load)

        return recalled

    return decorate


class Flights:
    """Loads under way in this process: whoever asks for the same meanwhile waits for the one answer."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[str, Future[Json]] = {}

    def run(self, key: str, load: Callable[[], Json], *, keep: Callable[[Json], None]) -> Json:
        with self._lock:
            flight = self._under_way.get(key)
            leads = flight is None
            if flight is None:
                flight = self._under_way[key] = Future()
        return self._lead(key, flight, load, keep) if leads else _follow(flight, load)

    def forget(self, key: str) -> None:
        """Let the load under way end, but keep its answer for nobody who asks from now on."""
        with self._lock:
            self._under_way.pop(key, None)

    def forget_prefix(self, prefix: str) -> None:
        with self._lock:
            for key in [key for key in self._under_way if key.startswith(prefix)]:
                del self._under_way[key]

    def _lead(
        self, key: str, flight: Future[Json], load: Callable[[], Json], keep: Callable[[Json], None]
    ) -> Json:
        try:
            answer = load()
            with self._lock:
                is_fresh = self._under_way.get(key) is flight
            if is_fresh and answer is not None:
                keep(answer)
        except BaseException as problem:
            flight.set_exception(problem)
            raise
        else:
            flight.set_result(answer)
            return answer
        finally:
            with self._lock:
                if self._under_way.get(key) is flight:
                    del self._under_way[key]


def _follow(flight: Future[Json], load: Callable[[], Json]) -> Json:
    try:
        return flight.result(timeout=_FLIGHT_SECONDS)
    except TimeoutError:
        return load()


class MemoryCache:
    """A cache in this process: the least recently used answers make room when `max_bytes` are full."""

    def __init__(
        self, *, max_bytes: int = 16 * 1024 * 1024, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.flights = Flights()
        self._max_bytes = max_bytes
        self._now = now
        self._lock = Lock()
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, key: str) -> Json:
        with self._lock:
            expires_at, text = self._entries.get(key, (0.0, b""))
            if expires_at <= self._now():
                self._drop(key)
                return None
            self._entries.move_to_end(key)
        return decode(text)

    def set(self, key: str, value: Json, *, ttl_seconds: float) -> None:
        text = encode(value)
        if value is None or len(text) > MAX_VALUE_BYTES:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = (self._now() + ttl_seconds, text)
            self._bytes += _size(key, text)
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def delete(self, key: str) -> None:
        self.flights.forget(key)
        with self._lock:
            self._drop(key)

    def delete_prefix(self, prefix: str) -> None:
        self.flights.forget_prefix(prefix)
        with self._lock:
            for key in [key for key in self._entries if key.startswith(prefix)]:
                self._drop(key)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry[1])


def encode(value: Json) -> bytes:
    """JSON text of a value."""
    return orjson.dumps(value)


def decode(text: bytes) -> Json:
    """The value of a JSON text, or None if it is none: what lies in a shared cache may have been garbled."""
    try:
        return cast(Json, orjson.loads(text)) if len(text) <= MAX_VALUE_BYTES else None
    except orjson.JSONDecodeError:
        return None


def _size(key: str, text: bytes) -> int:
    return len(key) + len(text) + _ENTRY_BYTES
