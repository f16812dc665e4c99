"""Answers that are loaded where they are not kept: once for all who ask."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.infra.cache import Cache, Json, cached, recall


def test_a_loaded_answer_is_asked_once_and_looks_the_same_every_time(cache: Cache) -> None:
    asked: list[int] = []

    def load() -> Json:
        asked.append(1)
        return {"scopes": ("openid", "email")}

    answers = [recall(cache, "a", ttl_seconds=60, load=load) for _ in range(3)]
    assert answers == [{"scopes": ["openid", "email"]}] * 3
    assert len(asked) == 1


def test_a_decorated_function_is_asked_once_for_each_key(cache: Cache) -> None:
    asked: list[str] = []

    @cached(lambda name, *, greeting="Hello": f"greeting:{greeting}:{name}", ttl_seconds=60)
    def greet(name: str, *, greeting: str = "Hello") -> Json:
        """Say it."""
        asked.append(name)
        return f"{greeting} {name}"

    assert [greet(cache, "Maya"), greet(cache, "Maya"), greet(cache, "Noor")] == [
        "Hello Maya",
        "Hello Maya",
        "Hello Noor",
    ]
    assert greet(cache, "Maya", greeting="Bye") == "Bye Maya"
    assert asked == ["Maya", "Noor", "Maya"]
    cache.delete_prefix("greeting:Hello:")
    assert greet(cache, "Maya") == "Hello Maya"
    assert len(asked) == 4
    assert greet.__doc__ == "Say it."


def test_fifty_who_ask_at_once_load_once(cache: Cache) -> None:
    asked: list[int] = []
    together = threading.Barrier(50)

    def load() -> Json:
        asked.append(1)
        time.sleep(0.2)
        return "answer"

    def ask(_: int) -> Json:
        together.wait(timeout=20)
        return recall(cache, "a", ttl_seconds=60, load=load)

    with ThreadPoolExecutor(50) as people:
        assert list(people.map(ask, range(50))) == ["answer"] * 50
    assert len(asked) == 1


def test_a_load_that_fails_fails_for_those_who_waited_and_not_for_those_after(cache: Cache) -> None:
    def fail() -> Json:
        raise LookupError("no such client")

    for _ in range(2):
        with pytest.raises(LookupError):
            recall(cache, "a", ttl_seconds=60, load=fail)
    assert recall(cache, "a", ttl_seconds=60, load=lambda: "there now") == "there now"


def test_an_answer_deleted_while_it_was_loaded_is_not_kept(cache: Cache) -> None:
    """Else a permission read just before it was taken away would be believed until it is old."""
    for delete in (lambda: cache.delete("user:1"), lambda: cache.delete_prefix("user:")):

        def load_and_lose_it(delete: object = delete) -> Json:
            assert callable(delete)
            delete()
            return "stale"

        assert recall(cache, "user:1", ttl_seconds=60, load=load_and_lose_it) == "stale"
        assert cache.get("user:1") is None


def test_nothing_is_asked_again(cache: Cache) -> None:
    answers = iter([None, "there now"])
    assert recall(cache, "a", ttl_seconds=60, load=lambda: next(answers)) is None
    assert recall(cache, "a", ttl_seconds=60, load=lambda: next(answers)) == "there now"


def test_a_kept_answer_that_its_reader_refuses_is_loaded_anew(cache: Cache) -> None:
    def roles(value: Json) -> frozenset[str]:
        if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
            raise TypeError("these are no roles")
        return frozenset(value)

    for poison in ({"admin": True}, 7, "admin", [1]):
        cache.set("a", poison, ttl_seconds=60)
        assert recall(cache, "a", ttl_seconds=60, load=lambda: ["reader"], read=roles) == {"reader"}
        assert cache.get("a") == ["reader"]
