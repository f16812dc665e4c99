"""The parent of the processes that serve: it opens the port, sees that they live, and never loads the portal itself."""

import ctypes
import math
import os
import select
import signal
import socket
import sys
import time

from portal.cli.serving.family import Child, Family
from portal.cli.serving.loading import Loader, Teller
from portal.cli.serving.shared import Shared, pipe_of_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portal.cli.serving.options import Options

PAUSE_SECONDS = 5.0
"""Before the next try, where a generation could not be loaded or has ended as soon as it was."""
OPENING_SECONDS = 1.0
BACKLOG = 2048
_ROUND_SECONDS = 1.0
_SET_CHILD_SUBREAPER = 36  # prctl(2)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD)


class Parent:
    """Replaces its processes all at once, so that each generation shares the memory that one loader has filled.

    SIGHUP begins a new generation, with new code and new settings, and ends the old one when that serves. A process
    that dies takes its generation along in the same way. What cannot be loaded leaves everything as it was, and ends
    the start where nobody serves yet.

    After SIGTERM everything goes on for a while, only /ready says 503: balancers learn it from there, and what they
    send until they have learnt it is answered as ever. Then, and at once after SIGINT, the doors are shut, and what
    has begun is finished. Whoever insists (a second SIGINT, or SIGQUIT) ends that too.
    """

    def __init__(self, options: "Options") -> None:
        self._options = options
        self._loader: Loader | None = None
        self._age = 0
        self._serving_age = 0
        self._next_age_at: float | None = 0.0
        self._doors_shut_at: float | None = None
        self._is_ending = False

    def run(self) -> int:
        """Until a signal; the exit code."""
        try:
            listener = _opened(self._options.address, self._options.port)
        except OSError as problem:
            from portal.cli.listening import why_not  # noqa: PLC0415 - it seldom has to be said

            print(f"portal: {why_not(problem, self._options.address, self._options.port)}", file=sys.stderr)
            return 1
        self._shared = Shared(listener, adopts=_adopts_grandchildren())
        self._family = Family(self._shared)
        woken, wakes = pipe_of_signals()
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        code = self._watch(woken)
        self._leave_no_files()
        return code

    def _watch(self, woken: int) -> int:
        while True:
            for number in _wait(woken, self._loader, seconds=self._patience()):
                self._heed(number)
            code = self._adopt()
            for child, how in self._family.reap():
                self._mourn(child, how)
            if code and not self._family:
                return code
            now = time.monotonic()
            if self._doors_shut_at is not None and now >= self._doors_shut_at:
                self._shut_doors()
            if self._is_ending:
                if not self._family and self._loader is None:
                    return 0
                self._family.stop()
            elif self._loader is None and self._next_age_at is not None and now >= self._next_age_at:
                self._begin_generation()
            self._family.stop(older_than=self._serving_age)
            for child in self._family.end_stuck_ones():
                self._say("error", f"a process that served ({child.pid}) was silent for too long")

    def _patience(self) -> float:
        """Until something is due, in seconds."""
        if self._is_ending:
            return _ROUND_SECONDS
        due = [self._doors_shut_at, self._next_age_at if self._loader is None else None]
        soonest = min((at for at in due if at is not None), default=math.inf)
        return min(max(soonest - time.monotonic(), 0.0), _ROUND_SECONDS)

    # -------------------------------------------------------------------------------------------------- generations

    def _begin_generation(self) -> None:
        self._next_age_at = None
        self._age += 1
        self._slots = self._family.free_slots(self._options.workers)
        self._loader = Loader(len(self._slots), self._load)

    def _load(self, teller: Teller) -> int:
        """In the loader."""
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        if "site" not in sys.modules:
            import site  # noqa: PLC0415 - the parent needs no packages

            site.main()
        from portal.cli.serving.generation import Generation  # noqa: PLC0415 - the parent loads nothing

        generation = Generation(self._options, self._shared, self._slots, is_first=not self._serving_age)
        return generation.begin(teller)

    def _adopt(self) -> int:
        """Those who were born; the exit code of a loader that has failed."""
        if self._loader is None:
            return 0
        for place, pid in self._loader.born():
            self._family.welcome(pid, slot=self._slots[place], age=self._age)
        if not self._loader.has_ended:
            return 0
        code, self._loader = self._loader.exit_code(), None
        if not code:
            self._serving_age = self._age
        elif self._family and not self._is_ending:
            self._say("error", "the portal could not be loaded anew; what was loaded before goes on")
            if len(self._family) < self._options.workers:
                self._next_age_at = time.monotonic() + PAUSE_SECONDS
        return code

    def _mourn(self, child: Child, code: int) -> None:
        """Whoever was told to go may go; for anybody else there is another generation."""
        if child.stopped_at is not None or self._is_ending:
            return
        now = time.monotonic()
        has_lived = now - child.born_at > PAUSE_SECONDS
        if code:
            how = f"was ended by signal {-code}" if code < 0 else f"has ended with code {code}"
            self._say("error", f"a process that served ({child.pid}) {how}; others take its place")
        if self._next_age_at is None:
            self._next_age_at = now + (0.0 if has_lived else PAUSE_SECONDS)

    # ------------------------------------------------------------------------------------------------------ leaving

    def _heed(self, number: int) -> None:
        now = time.monotonic()
        if number == signal.SIGHUP and not self._is_ending:
            self._next_age_at = now  # again, where somebody loads already: what that has read may be half old
        elif number == signal.SIGTERM and self._doors_shut_at is None:
            os.write(self._shared.pipes["leaving"][1], b"\0")
            self._say("info", "leaving", seconds=self._options.drain_seconds)
            self._doors_shut_at = now + self._options.drain_seconds
        elif number == signal.SIGQUIT or (number == signal.SIGINT and self._is_ending):
            self._shut_doors()
            self._family.tell_all(signal.SIGQUIT)
        elif number == signal.SIGINT:
            self._doors_shut_at = now

    def _shut_doors(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._shared.listener.close()
        if self._loader is not None:
            self._loader.stop(seconds=_ROUND_SECONDS)

    def _leave_no_files(self) -> None:
        """The processes counted in there, and it was theirs alone."""
        import shutil  # noqa: PLC0415 - not before it is needed

        shutil.rmtree(self._options.counters, ignore_errors=True)

    def _say(self, level: str, event: str, **more: object) -> None:
        """A line in the log, in the form that the portal's own have."""
        from portal.infra.clock import SystemClock  # noqa: PLC0415 - most parents have nothing to say

        stamp = SystemClock().now().isoformat().replace("+00:00", "Z")
        line = {"timestamp": stamp, "level": level, "logger": "portal.parent", "event": event, **more}
        if self._options.log_format == "json":
            import json  # noqa: PLC0415

            text = json.dumps(line)
        else:
            text = f"{stamp} [{level:<8}] {event} " + " ".join(
                f"{name}={value}" for name, value in more.items()
            )
        print(text, file=sys.stderr, flush=True)


def _opened(address: str, port: int) -> socket.socket:
    """A listening socket; a portal that is just leaving the place is waited for."""
    family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    limit = time.monotonic() + OPENING_SECONDS
    while True:
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            if time.monotonic() > limit:
                raise
            time.sleep(0.2)
        else:
            return listener


def _wait(woken: int, loader: Loader | None, *, seconds: float) -> bytes:
    """The signals that have come, after so long at most; at once where the loader has something to tell."""
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    if loader is not None:
        poll.register(loader.pipe, select.POLLIN)
    if not any(pipe == woken for pipe, _ in poll.poll(seconds * 1000)):
        return b""
    return os.read(woken, 4096)


def _adopts_grandchildren() -> bool:
    """Linux, prctl(2). Elsewhere whoever loses its parent belongs to the first process of the system."""
    try:
        return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False
