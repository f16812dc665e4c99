"""Throttles: how often one address, or everyone together, may try something. Lockouts of accounts live in SQL."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

if TYPE_CHECKING:
    from portal.infra.redis_store import RedisLink

EVERYONE: Final = "*"
MAX_SUBJECTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rule:
    """At most so many in so many seconds, counted from the first one."""

    amount: int
    seconds: int


# For one address, which may be the door of a whole office.
SIGN_IN: Final = Rule(60, seconds=300)
SIGN_UP: Final = Rule(20, seconds=3600)
RECOVER: Final = Rule(20, seconds=3600)
VERIFY_CODE: Final = Rule(30, seconds=600)
SETUP: Final = Rule(20, seconds=600)
AUTHORIZE: Final = Rule(300, seconds=60)
TOKEN: Final = Rule(60_000, seconds=60)
CLIENT_REFUSED: Final = Rule(30, seconds=300)
REGISTER_APP: Final = Rule(200, seconds=3600)
CLIENT_DOCUMENT: Final = Rule(60, seconds=300)
DEVICE: Final = Rule(60, seconds=60)
USER_CODE: Final = Rule(15, seconds=600)
TURNED_AWAY: Final = Rule(1, seconds=60)
REPORT: Final = Rule(60, seconds=60)
# For everyone together, against a flood from many addresses.
SIGN_IN_ALL: Final = Rule(3000, seconds=60)
SIGN_UP_ALL: Final = Rule(600, seconds=3600)
RECOVER_ALL: Final = Rule(600, seconds=3600)


@dataclass(frozen=True, slots=True)
class Allowed:
    """It was counted and may go on."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """It came too often."""

    retry_after_seconds: int


Outcome: TypeAlias = Allowed | Throttled


@dataclass(frozen=True, slots=True)
class Left:
    """How many tries are left, and when the count starts anew."""

    amount: int
    seconds: int
    of: int
    """How many there were; fewer than the rule says where a process counts its share of them."""


class Limiter:
    """Counts in Redis, for all processes at once, or else in this process at its share of the limit.

    `processes` is how many share the traffic. Without an answer from Redis the local count decides: whoever stops
    Redis meets smaller buckets, and nobody is locked out.
    """

    def __init__(self, link: "RedisLink | None" = None, *, processes: int = 1, is_on: bool = True) -> None:
        self._is_on = is_on
        self._processes = max(1, processes)
        self._local = FixedWindowRateLimiter(BoundedMemory())
        self._link = link
        self._shared = FixedWindowRateLimiter(_redis_storage(link)) if link is not None else None

    def hit(self, name: str, subject: str, rule: Rule) -> Outcome:
        """Count one more try of `name` by `subject`: an address, an id, or `EVERYONE`."""
        return self._ask(name, subject, rule, lambda limiter, item, key: limiter.hit(item, name, key))

    def peek(self, name: str, subject: str, rule: Rule) -> Outcome:
        """Whether a try would pass, without counting it: for what counts only when it fails."""
        return self._ask(name, subject, rule, lambda limiter, item, key: limiter.test(item, name, key))

    def left(self, name: str, subject: str, rule: Rule) -> Left:
        """What whoever is counted may still do. Where several processes count for themselves, this one's share."""
        if not self._is_on:
            return Left(rule.amount, rule.seconds, of=rule.amount)
        key = _key(subject)

        def look(limiter: FixedWindowRateLimiter, item: RateLimitItem) -> Left:
            window = limiter.get_window_stats(item, name, key)
            seconds = math.ceil(window.reset_time - time.time())
            return Left(max(0, window.remaining), min(rule.seconds, max(0, seconds)), of=item.amount)

        if self._link is not None and self._shared is not None:
            shared, item = self._shared, RateLimitItemPerSecond(rule.amount, rule.seconds)
            answer = self._link.ask(lambda: look(shared, item), otherwise=None)
            if answer is not None:
                return answer
        share = max(1, rule.amount // self._processes)
        return look(self._local, RateLimitItemPerSecond(share, rule.seconds))

    def _ask(self, name: str, subject: str, rule: Rule, question: "_Question") -> Outcome:
        if not self._is_on:
            return Allowed()
        key = _key(subject)

        def outcome(limiter: FixedWindowRateLimiter, item: RateLimitItem) -> Outcome:
            if question(limiter, item, key):
                return Allowed()
            resets_at = limiter.get_window_stats(item, name, key).reset_time
            return Throttled(min(rule.seconds, max(1, math.ceil(resets_at - time.time()))))

        if self._link is not None and self._shared is not None:
            shared, item = self._shared, RateLimitItemPerSecond(rule.amount, rule.seconds)
            answer = self._link.ask(lambda: outcome(shared, item), otherwise=None)
            if answer is not None:
                return answer
        share = max(1, rule.amount // self._processes)
        return outcome(self._local, RateLimitItemPerSecond(share, rule.seconds))


_Question: TypeAlias = Callable[[FixedWindowRateLimiter, RateLimitItem, str], bool]


class BoundedMemory(Storage):
    """Counters in this process, at most `max_subjects`; the least recently counted one makes room.

    The library's own memory store grows without end under a flood of addresses and sweeps by starting threads.
    """

    STORAGE_SCHEME = None

    def __init__(self, *, max_subjects: int = MAX_SUBJECTS) -> None:
        super().__init__()
        self._max_subjects = max_subjects
        self._lock = Lock()
        self._counters: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with self._lock:
            count, ends_at = self._counters.pop(key, (0, 0.0))
            count, ends_at = (count + amount, ends_at) if ends_at > now else (amount, now + expiry)
            self._counters[key] = (count, ends_at)
            if len(self._counters) > self._max_subjects:
                self._counters.popitem(last=False)
        return count

    def get(self, key: str) -> int:
        count, ends_at = self._counters.get(key, (0, 0.0))
        return count if ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._counters.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._counters.pop(key, None)


def address_group(text: str) -> str | None:
    """Who an address is: itself, or for IPv6 the /64 that one household has; None if it is no address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed[:8] + bytes(8), 64)))


def _key(subject: str) -> str:
    """A subject as it stands in a counter's name: of one length and alphabet, whatever was sent."""
    text = address_group(subject) or subject
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def _redis_storage(link: "RedisLink") -> RedisStorage:
    return RedisStorage("redis://", connection_pool=link.pool, key_prefix="portal:limit")
