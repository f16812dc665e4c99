"""Which of a portal's processes works in the background."""

import fcntl
import os
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)

FILE: Final = "worker.lock"


class Duty:
    """One process at a time has it, by a lock that its end gives back. The others save the memory that it would take:
    each kind of work touches some megabytes that a process otherwise shares with its parent.

    Several machines have one each; what must not be done twice has a lock in the database. Where the folder takes no
    file, everybody is on duty.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file: int | None = None
        self.is_shared = False
        """Whether others may have it at the same time, because the folder takes no file."""
        self._is_mine = False

    def is_mine(self) -> bool:
        """Ask again and again: whoever has it may end."""
        if not self._is_mine:
            self._is_mine = self._take()
        return self._is_mine

    def give_back(self) -> None:
        """For the next one, at once."""
        self._is_mine = False
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> bool:
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as refused:
            self.is_shared = True
            log.warning("duty_not_shared", reason=type(refused).__name__)
        return True
