"""What the processes of one portal have in common, whichever generation they are of."""

import mmap
import os
import socket

GRACEFUL_SECONDS = 25.0
"""For requests that have begun; below the 30 after which container platforms stop asking."""
SILENCE_SECONDS = 30.0
"""Without a heartbeat, a process counts as stuck."""


class Shared:
    """What all processes of a portal have in common from the beginning."""

    def __init__(self, listener: socket.socket, *, adopts: bool) -> None:
        """Where the parent `adopts` the children of its children, those who load leave; elsewhere they stay."""
        self.listener = listener
        self.adopts = adopts
        self.parent = os.getpid()
        self.heartbeats = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")
        """When each was last heard of, by `time.monotonic()`."""
        self.pipes = {name: pipe_of_signals() for name in ("wake_worker", "wake_sealer", "leaving")}


def pipe_of_signals() -> tuple[int, int]:
    """Both ends never block: one that is full wakes whoever waits as well."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
