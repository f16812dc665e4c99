"""A process that loads the portal, forks those who serve from it, and leaves.

What is loaded is shared between forked processes page by page until one of them writes to it, and Python writes to
whatever it only looks at: it counts references. A parent that loads the portal, forks and stays therefore ends up as a
third copy of what its two children use, without using it itself; some 40 MB. One that leaves has none.
"""

import os
import select
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_READ = 4096


class Loader:
    """The process and how many it has promised to fork; seen from its parent, which adopts them when it has left.

    It tells of each as it is forked, by a pipe: a line with its place, from 0 on, and its process id. Whoever is the
    last to hold the other end lets go of it when all is done, or when it ends for any other reason.
    """

    def __init__(self, promised: int, work: "Callable[[Teller], int]") -> None:
        """Fork, and do `work` in the new process and in all that are forked there; it says with which code they end."""
        self._promised = promised
        self._born = 0
        self._unread = b""
        self.has_ended = False
        self.pipe, other_end = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.pipe)
            os._exit(work(Teller(other_end)))
        os.close(other_end)
        os.set_blocking(self.pipe, False)

    def born(self) -> "Iterator[tuple[int, int]]":
        """Place and process of those who were forked since the last time. Afterwards `has_ended` is up to date."""
        while not self.has_ended:
            try:
                read = os.read(self.pipe, _MOST_READ)
            except BlockingIOError:
                return
            if not read:
                self.has_ended = True
                os.close(self.pipe)
            *lines, self._unread = (self._unread + read).split(b"\n")
            for line in lines:
                place, pid = map(int, line.split())
                self._born += 1
                yield place, pid

    def exit_code(self) -> int:
        """0 where it has kept its promise; otherwise that of the process, which has ended."""
        if self._born == self._promised:
            return 0
        try:
            return max(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 1)
        except ChildProcessError:
            return 1

    def stop(self, *, seconds: float) -> None:
        """End it before it is done, and wait for that; whom it has forked by then is still told of."""
        os.kill(self.pid, signal.SIGTERM)
        poll = select.poll()
        poll.register(self.pipe, select.POLLHUP)
        poll.poll(seconds * 1000)


class Teller:
    """The loader's own end of the pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._loader = os.getpid()

    def tell(self, place: int, pid: int) -> None:
        """In the loader: one of the promised was forked."""
        os.write(self._pipe, b"%d %d\n" % (place, pid))

    def let_go(self) -> None:
        """In whoever was forked from it."""
        os.close(self._pipe)

    def has_left(self) -> bool:
        """Whether the loader is gone, so that its parent has adopted who asks."""
        return os.getppid() != self._loader
