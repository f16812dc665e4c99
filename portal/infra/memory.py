"""Memory that was used for a moment, given back to the system. Does nothing where the C library has no such calls.

argon2 takes 19 MiB for each hash. glibc learns from the first to keep blocks of that size, and it can give back
only what lies in its main arena, while each thread gets an arena of its own: so in every process those 19 MiB would
stay. Asking for mapped blocks instead costs each hash 15 % for fresh pages (measured).
"""

import ctypes
from collections.abc import Callable
from functools import lru_cache

M_ARENA_MAX = -8  # <malloc.h>


def use_one_arena() -> None:
    """For all threads; call it before any is started. The interpreter lock keeps them from contending for it."""
    _call("mallopt")(M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Return to the system what the C library keeps for later; some milliseconds."""
    _call("malloc_trim")(0)


@lru_cache(maxsize=2)
def _call(name: str) -> Callable[..., int]:
    try:
        found = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return lambda *_: 0
    found.restype = ctypes.c_int
    return lambda *numbers: int(found(*(ctypes.c_int(number) for number in numbers)))
