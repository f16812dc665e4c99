"""A signal that wakes whoever waits for it, also in another process."""

import os
import select
from contextlib import suppress
from threading import Event
from typing import Final

_MOST_READ: Final = 4096


class Signal:
    """Like `threading.Event`. Once shared, whatever is forked from this process has the same one.

    Sharing takes a pipe, so only who is about to fork asks for it. Nothing is lost: a pipe that is full wakes as well.
    """

    def __init__(self) -> None:
        self._event = Event()
        self._pipe: tuple[int, int] | None = None

    def share(self) -> None:
        """Before the fork; once."""
        if self._pipe is None:
            self._pipe = os.pipe()
            for end in self._pipe:
                os.set_blocking(end, False)
            if self._event.is_set():
                self.set()

    def join(self, pipe: tuple[int, int]) -> None:
        """Be shared by a pipe from before a fork that lies further back; both ends of it never block."""
        self._pipe = pipe

    def set(self) -> None:
        if self._pipe is None:
            self._event.set()
            return
        with suppress(BlockingIOError):
            os.write(self._pipe[1], b"\0")

    def is_set(self) -> bool:
        return self.wait(0.0)

    def wait(self, seconds: float) -> bool:
        """Whether it was set, by then at the latest. It stays set until `clear`."""
        if self._pipe is None:
            return self._event.wait(seconds)
        poll = select.poll()
        poll.register(self._pipe[0], select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def clear(self) -> None:
        self._event.clear()
        if self._pipe is not None:
            with suppress(BlockingIOError):
                while os.read(self._pipe[0], _MOST_READ):
                    pass
