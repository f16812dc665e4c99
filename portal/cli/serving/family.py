"""The processes that serve, as their parent knows them."""

import os
import signal
import time

from portal.cli.serving.shared import GRACEFUL_SECONDS, SILENCE_SECONDS, Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

INSISTING_SECONDS = 1.0
"""Between asking a process to end and making it."""


class Child:
    """One process."""

    __slots__ = ("age", "born_at", "pid", "slot", "stopped_at", "was_aborted")

    def __init__(self, pid: int, *, slot: int, age: int, at: float) -> None:
        self.pid = pid
        self.slot = slot
        """Where it beats its heart."""
        self.age = age
        """Of which generation it is."""
        self.born_at = at
        self.stopped_at: float | None = None
        self.was_aborted = False


class Family:
    """Who lives, and who is told what. Times are those of `time.monotonic()`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._children: dict[int, Child] = {}

    def __len__(self) -> int:
        return len(self._children)

    def free_slots(self, number: int) -> "list[int]":
        """Places for heartbeats that nobody has, so many at most."""
        taken = {child.slot for child in self._children.values()}
        return [slot for slot in range(len(self._shared.heartbeats)) if slot not in taken][:number]

    def welcome(self, pid: int, *, slot: int, age: int) -> Child:
        now = time.monotonic()
        self._shared.heartbeats[slot] = now
        child = self._children[pid] = Child(pid, slot=slot, age=age, at=now)
        return child

    def reap(self) -> "Iterator[tuple[Child, int]]":
        """Who has ended, and with which code; 0 where nobody can tell."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            if pid in self._children:
                yield self._children.pop(pid), os.waitstatus_to_exitcode(status)
        if not self._shared.adopts:
            for pid in [pid for pid in self._children if not _tell(pid, 0)]:
                yield self._children.pop(pid), 0

    def stop(self, *, older_than: int | None = None) -> None:
        """Ask all, or those of older generations, to finish what they have begun; insist where they take too long."""
        now = time.monotonic()
        for child in self._children.values():
            if older_than is not None and child.age >= older_than:
                continue
            if child.stopped_at is None:
                child.stopped_at = now
                _tell(child.pid, signal.SIGTERM)
            elif now - child.stopped_at > GRACEFUL_SECONDS + INSISTING_SECONDS:
                _tell(child.pid, signal.SIGKILL)

    def end_stuck_ones(self) -> "Iterator[Child]":
        """Those that were found just now."""
        now = time.monotonic()
        for child in self._children.values():
            silent = now - self._shared.heartbeats[child.slot]
            if silent > SILENCE_SECONDS and not child.was_aborted:
                child.was_aborted = True
                _tell(child.pid, signal.SIGABRT)
                yield child
            elif silent > SILENCE_SECONDS + INSISTING_SECONDS:
                _tell(child.pid, signal.SIGKILL)

    def tell_all(self, number: int) -> None:
        for pid in self._children:
            _tell(pid, number)


def _tell(pid: int, number: int) -> bool:
    """Whether there still was somebody to tell; if not, its end is about to be noticed."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
