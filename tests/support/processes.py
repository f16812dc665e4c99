"""Programs that the tests start: on a port of their own, waited for, and ended by their own process ids."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

STOP_SECONDS = 10.0

# A Popen that is collected while its program runs warns, and warnings are errors here.
_started: list[subprocess.Popen[bytes]] = []


class ProgramError(Exception):
    """A program that a test needs did not start; the text says which and why."""


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], bool], *, what: str, seconds: float = 10.0) -> None:
    """Ask again and again, for so long at most."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} seconds in vain: {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Program:
    """A running program, known by its process id and its beginning, so that a reused id is not mistaken for it."""

    name: str
    pid: int
    began: float
    port: int

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        *,
        log: Path,
        port: int,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
    ) -> Self:
        """Start it in a session of its own: Ctrl-C ends the tests, and the tests end it."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=environment,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        _started.append(process)
        began = psutil.Process(process.pid).create_time()
        return cls(name=log.stem, pid=process.pid, began=began, port=port)

    @property
    def is_running(self) -> bool:
        """Whether it still works; a dead child that nobody has collected does not."""
        for process in _started:
            process.poll()
        process_now = self._process()
        return process_now is not None and process_now.status() != psutil.STATUS_ZOMBIE

    def memory(self) -> int:
        """Proportional set size of it and all its children, in bytes."""
        head = self._process()
        family = [head, *head.children(recursive=True)] if head else []
        return sum(member.memory_full_info().pss for member in family)

    def stop(self, *, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end, and insist on it after so many seconds."""
        process = self._process()
        if process is None:
            return
        # PostgreSQL takes SIGTERM for "when everybody has left" and SIGINT for "now"; the others do not mind.
        process.send_signal(signal.SIGINT if self.name == "postgresql" else signal.SIGTERM)
        try:
            wait_until(lambda: not self.is_running, what=f"end of {self.name}", seconds=seconds)
        except TimeoutError:
            family = [*process.children(recursive=True), process]
            for member in family:
                member.kill()
            wait_until(lambda: not self.is_running, what=f"end of {self.name} by force", seconds=seconds)

    def wait(self, answers: Callable[[], bool], *, log: Path, seconds: float = 20.0) -> Self:
        """Until it answers; if it ends instead, the last lines of its log say why."""

        def answered_or_gone() -> bool:
            return answers() or not self.is_running

        try:
            wait_until(answered_or_gone, what=f"{self.name} to answer", seconds=seconds)
        except TimeoutError:
            self.stop()
        if not self.is_running:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
            raise ProgramError(f"{self.name} did not start:\n{last}")
        return self

    def save(self, path: Path) -> None:
        """Leave word for the process that will stop it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """The program that another process of this test run started."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            # two clocks of one kernel may differ by a rounding
            return process if abs(process.create_time() - self.began) < 1.0 else None
        except psutil.NoSuchProcess:
            return None
