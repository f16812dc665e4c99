"""Answers kept for a while, in this process and in a real Redis alike."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from portal.infra.cache import MAX_VALUE_BYTES, Cache, Json, MemoryCache, recall
from portal.infra.redis_store import RedisCache, RedisLink

if TYPE_CHECKING:
    pass

JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


class Seconds:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_kept_until_it_is_old(cache: Cache) -> None:
    cache.set("a", {"roles": ["admin", None], "n": 1.5}, ttl_seconds=0.3)
    assert cache.get("a") == {"roles": ["admin", None], "n": 1.5}
    time.sleep(0.4)
    assert cache.get("a") is None


def test_what_was_never_kept_or_was_deleted_is_not_there(cache: Cache) -> None:
    cache.set("a", 1, ttl_seconds=60)
    cache.delete("a")
    cache.delete("never")
    assert (cache.get("a"), cache.get("never")) == (None, None)


def test_a_prefix_deletes_its_keys_and_no_others(cache: Cache) -> None:
    for key in ("user:1:roles", "user:1:groups", "user:10:roles", "user:*", "other"):
        cache.set(key, 1, ttl_seconds=60)
    cache.delete_prefix("user:1:")
    assert [cache.get(key) for key in ("user:1:roles", "user:1:groups")] == [None, None]
    cache.delete_prefix("user:*")
    assert cache.get("user:*") is None
    assert [cache.get(key) for key in ("user:10:roles", "other")] == [1, 1]


def test_a_prefix_deletes_many(cache: Cache) -> None:
    for number in range(1_200):
        cache.set(f"many:{number}", number, ttl_seconds=60)
    cache.delete_prefix("many:")
    assert [cache.get(f"many:{number}") for number in range(0, 1_200, 97)] == [None] * 13


def test_what_is_changed_afterwards_does_not_change_what_was_kept(cache: Cache) -> None:
    roles = ["reader"]
    cache.set("a", roles, ttl_seconds=60)
    roles.append("admin")
    assert cache.get("a") == ["reader"]


def test_too_large_an_answer_is_not_kept(cache: Cache) -> None:
    cache.set("a", "x" * MAX_VALUE_BYTES, ttl_seconds=60)
    assert cache.get("a") is None


@given(JSON)
def test_any_json_comes_back_as_it_was(value: Json) -> None:
    cache = MemoryCache()
    cache.set("a", value, ttl_seconds=60)
    assert cache.get("a") == value


def test_a_full_memory_gives_up_the_least_used() -> None:
    cache = MemoryCache(max_bytes=10 * (250 + 100))
    for number in range(8):
        cache.set(str(number), "x" * 90, ttl_seconds=60)
    assert cache.get("0") is not None
    for number in range(8, 14):
        cache.set(str(number), "x" * 90, ttl_seconds=60)
    assert cache.get("0") is not None
    assert cache.get("1") is None
    assert sum(cache.get(str(number)) is not None for number in range(14)) == 10


def test_old_answers_leave_the_memory() -> None:
    clock = Seconds()
    cache = MemoryCache(now=clock)
    cache.set("a", 1, ttl_seconds=10)
    clock.now += 9.9
    assert cache.get("a") == 1
    clock.now += 0.2
    assert cache.get("a") is None
    assert cache._bytes == 0


def test_threads_that_write_and_forget_leave_the_books_straight() -> None:
    cache = MemoryCache(max_bytes=20_000)

    def work(seed: int) -> None:
        for number in range(300):
            cache.set(f"{(number * seed) % 70}", "x" * (number % 200), ttl_seconds=60)
            cache.get(f"{number % 70}")
            cache.delete(f"{(number + seed) % 70}")
        cache.delete_prefix("1")

    with ThreadPoolExecutor(8) as people:
        list(people.map(work, range(1, 9)))
    assert cache._bytes == sum(len(key) + len(text) + 250 for key, (_, text) in cache._entries.items())
    assert 0 <= cache._bytes <= 20_000


@pytest.mark.parametrize(
    "poison",
    [
        b"",
        b"not json",
        b"\x80\x04K\x01.",
        b'{"a":',
        b"[" * 100_000,
        b"\xff\xfe",
        b'"' + b"x" * MAX_VALUE_BYTES + b'"',
        b"NaN",
    ],
)
def test_a_poisoned_value_in_redis_is_a_miss(redis_url: str, poison: bytes) -> None:
    link = RedisLink(redis_url)
    cache = RedisCache(link, namespace=f"test:poison:{time.time_ns()}:")
    with Redis.from_url(redis_url) as client:
        client.set(cache._namespace + "a", poison, ex=60)
    assert recall(cache, "a", ttl_seconds=60, load=lambda: "loaded") == "loaded"
    assert cache.get("a") == "loaded"
    link.pool.disconnect()


def test_a_key_of_another_type_in_redis_is_a_miss_and_no_outage(redis_url: str) -> None:
    changes: list[bool] = []
    link = RedisLink(redis_url, on_change=changes.append)
    cache = RedisCache(link, namespace=f"test:type:{time.time_ns()}:")
    with Redis.from_url(redis_url) as client:
        client.rpush(cache._namespace + "a", "x")
        client.expire(cache._namespace + "a", 60)
    assert cache.get("a") is None
    cache.set("b", 1, ttl_seconds=60)
    assert cache.get("b") == 1
    assert changes == []
    link.pool.disconnect()
