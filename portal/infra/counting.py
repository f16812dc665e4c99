"""Files in which the processes of one portal count (`prometheus_client` adds them up), and what is left of the dead."""

import os
import shutil
from pathlib import Path
from typing import Final

from portal.infra.settings import SettingsError

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the folder when it is imported."""


def folder_of(instance: Path, pid: int) -> Path:
    """One for each start, named by its first process: while a portal is replaced, the old one still counts."""
    return instance / "metrics" / str(pid)


def make_folder(instance: Path, pid: int) -> Path:
    """It is the first thing that a start writes, so this is where a folder that cannot be written to is found.

    Raises:
        SettingsError
    """
    folder = folder_of(instance, pid)
    try:
        instance.mkdir(
            mode=0o700, parents=True, exist_ok=True
        )  # by itself: what lies above a folder is open to all
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingsError(
            f"PORTAL_INSTANCE_DIR: {instance} can't be written to ({problem.strerror}); "
            "name a folder that belongs to whoever runs the portal"
        ) from None
    return folder


def forget_dead_starts(instance: Path) -> None:
    """Remove the folders of starts that were killed."""
    for folder in (instance / "metrics").iterdir():
        if not (folder.name.isdigit() and _is_alive(int(folder.name))):
            shutil.rmtree(folder, ignore_errors=True)


def dead_processes(folder: Path) -> set[int]:
    """Processes of this start that are gone, and whose gauges still count."""
    named = {file.stem.rpartition("_")[2] for file in folder.glob("gauge_live*_*.db")}
    return {int(pid) for pid in named if pid.isdigit() and not _is_alive(int(pid))}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True
