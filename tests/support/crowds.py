"""Many at once: the same act in many threads, begun together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T], *, threads: int = 50) -> list[T]:
    """What `act(0)`, `act(1)`, ... answered; the first `threads` of them start together."""
    gate = Barrier(min(count, threads), timeout=30)

    def run(number: int) -> T:
        if number < gate.parties:
            gate.wait()
        return act(number)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(run, range(count)))
