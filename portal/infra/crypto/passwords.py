"""Passwords: peppered argon2id in a bounded pool, at the same cost for everyone."""

import hmac
import os
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerificationError, VerifyMismatchError

from portal.infra.errors import Invalid, Unavailable
from portal.infra.memory import give_back_memory

MAX_BYTES: Final = 1024
LANES: Final = 1
_LEAST_KIB: Final = 8  # of argon2
# NFC shortens a text by less than this factor, so a longer one is refused before any work is done on it.
_MAX_CHARACTERS: Final = 4 * MAX_BYTES
_STORED: Final = re.compile(
    r"hmac-sha256=([A-Za-z0-9-]{1,32})"
    r"(\$argon2id\$v=19\$m=[0-9]{1,6},t=[0-9]{1,2},p=[0-9]{1,2}\$[A-Za-z0-9+/]{22,86}\$[A-Za-z0-9+/]{43,86})"
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is the right password and, only then, whether its stored form should be made anew."""

    matches: bool
    needs_rehash: bool


class Passwords:
    """Hashes and verifies passwords, in 20 to 30 ms each at the default cost: never inside a transaction.

    A stored value reads `hmac-sha256=<pepper id>$argon2id$v=19$m=..,t=..,p=..$<salt>$<hash>`: the password in
    NFC goes through HMAC-SHA-256 under a key that is not in the database (SP 800-63B-4 3.1.1.2), then through
    argon2id.

    In each process `pool_size` hashes run at once and `queue_size` wait, no longer than `wait_seconds`. What
    comes on top is refused at once: a flood of sign-ins costs neither memory nor the threads of other pages.
    `on_change` is told how many are in, at each coming and going.
    """

    def __init__(
        self,
        *,
        peppers: Mapping[str, bytes],
        active_pepper: str,
        pool_size: int,
        queue_size: int = 16,
        wait_seconds: float = 2.0,
        memory_kib: int = 19 * 1024,
        time_cost: int = 2,
        on_change: Callable[[int], None] = lambda _: None,
    ) -> None:
        if not peppers.get(active_pepper):
            raise ValueError("the active pepper is not among the peppers")
        self._peppers = dict(peppers)
        self._active_pepper = active_pepper
        self._new_pool = partial(_Pool, pool_size, queue_size, wait_seconds, on_change)
        self._pools: dict[int, _Pool] = {}
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=LANES)
        self._dummy = _of_nobody(self._hasher)

    def __repr__(self) -> str:
        cost = self._hasher
        return f"Passwords(m={cost.memory_cost}, t={cost.time_cost}, p={cost.parallelism})"

    @property
    def in_flight(self) -> int:
        """Hashes that run or wait in this process."""
        return self._pool().in_flight

    def hash(self, password: str) -> str:
        """The form to store.

        Raises:
            Invalid: the password is empty, too long or no text.
            Unavailable: too many hashes are running.
        """
        message = self._pepper(_readable(password), self._active_pepper)
        encoded = self._pool().run(lambda: self._hasher.hash(message))
        return f"hmac-sha256={self._active_pepper}{encoded}"

    def verify(self, stored: str | None, password: str) -> Verdict:
        """Compare at the cost of one current hash, whatever `stored` is: nobody, no password, an older cost.

        Raises:
            Invalid: the password is empty, too long or no text.
            Unavailable: too many hashes are running.
        """
        text = _readable(password)
        ours = _STORED.fullmatch(stored or "")
        if ours is None or ours[1] not in self._peppers:
            message = self._pepper(text, self._active_pepper)
            self._pool().run(lambda: self._compare(self._dummy, message))
            return Verdict(matches=False, needs_rehash=False)
        pepper_id, encoded = ours.groups()
        message = self._pepper(text, pepper_id)
        matches = self._pool().run(lambda: self._compare(encoded, message))
        outdated = pepper_id != self._active_pepper or self._hasher.check_needs_rehash(encoded)
        return Verdict(matches=matches, needs_rehash=matches and outdated)

    def release_memory(self) -> None:
        """Give back what hashing has used, if it has since the last time and rests now. For a quiet moment: under
        load the memory is wanted again at once, and getting it costs a fifth of a hash.
        """
        pool = self._pools.get(os.getpid())
        if pool is not None and pool.has_worked and pool.in_flight == 0:
            pool.has_worked = False
            give_back_memory()

    def _compare(self, encoded: str, message: bytes) -> bool:
        self._level(encoded)
        try:
            return self._hasher.verify(encoded, message)
        except VerifyMismatchError:
            return False

    def _level(self, encoded: str) -> None:
        """Spend what an older, cheaper hash saves: time must not tell that an account exists and is old."""
        old = extract_parameters(encoded)
        memory = self._hasher.memory_cost
        saved = memory * self._hasher.time_cost - old.memory_cost * old.time_cost
        if saved >= _LEAST_KIB:
            passes = -(-saved // memory)
            share = max(saved // passes, _LEAST_KIB)
            PasswordHasher(time_cost=passes, memory_cost=share, parallelism=LANES).hash(b"")

    def _pepper(self, text: bytes, pepper_id: str) -> bytes:
        return hmac.digest(self._peppers[pepper_id], text, "sha256")

    def _pool(self) -> "_Pool":
        """The pool of this process: threads do not live through a fork."""
        process = os.getpid()
        return self._pools.get(process) or self._pools.setdefault(process, self._new_pool())


def _of_nobody(cost: PasswordHasher) -> str:
    """The hash of something that nobody knows: what a person without a password is compared with. It is drawn, not
    computed, so that a start does not wait for it.
    """
    salt, digest = (
        b64encode(os.urandom(length)).rstrip(b"=").decode() for length in (cost.salt_len, cost.hash_len)
    )
    return f"$argon2id$v=19$m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}${salt}${digest}"


class _Pool:
    """Threads that hash (argon2 lets go of the interpreter lock), and a count of who is in."""

    def __init__(
        self, size: int, queue_size: int, wait_seconds: float, on_change: Callable[[int], None]
    ) -> None:
        self.in_flight = 0
        self.has_worked = False
        self._on_change = on_change
        self._capacity = size + queue_size
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(max_workers=size, thread_name_prefix="argon2")

    def run(self, work: Callable[[], _T]) -> _T:
        self._enter()
        try:
            future = self._threads.submit(work)
        except RuntimeError:
            self._leave()
            raise
        future.add_done_callback(self._leave)
        try:
            return future.result(timeout=self._wait_seconds)
        except TimeoutError:
            future.cancel()
            raise _busy() from None
        except VerificationError:
            raise _busy() from None  # argon2 found no memory

    def _enter(self) -> None:
        with self._lock:
            if self.in_flight >= self._capacity:
                raise _busy()
            self.in_flight += 1
            self._on_change(self.in_flight)

    def _leave(self, _: Future[_T] | None = None) -> None:
        with self._lock:
            self.in_flight -= 1
            self.has_worked = True
            self._on_change(self.in_flight)


def _busy() -> Unavailable:
    message = "Too many people are signing in right now. Try again in a moment."
    return Unavailable(message, code="busy", retry_after_seconds=2)


def _readable(password: str) -> bytes:
    """The bytes of a password; an accent in one character or as two is the same (SP 800-63B-4 3.1.1.2)."""
    if not password:
        raise _unusable("Enter a password.", "password_missing")
    if len(password) > _MAX_CHARACTERS:
        raise _too_long()
    try:
        text = unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        raise _unusable("This password holds characters that are no text.", "password_unreadable") from None
    if len(text) > MAX_BYTES:
        raise _too_long()
    return text


def _too_long() -> Invalid:
    return _unusable(f"Use a password of at most {MAX_BYTES} bytes.", "password_too_long")


def _unusable(message: str, code: str) -> Invalid:
    return Invalid(message, code=code, field="password")
