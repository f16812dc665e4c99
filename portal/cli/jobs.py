"""`portal worker` and `portal beat`: the background of a portal whose web processes leave it to others."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from portal.infra.queue import Lane


def worker(
    *,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="So many at once, instead of PORTAL_JOB_PROCESSES.")
    ] = None,
    lane: Annotated[
        Lane | None, typer.Option(help="Only mail, calls and the like, or only what may take minutes.")
    ] = None,
) -> None:
    """Do what the portal has promised, with Celery, until SIGTERM; what is in hand is finished first."""
    options = [f"--processes={processes}"] if processes else []
    _become("worker", *options, *([f"--lane={lane}"] if lane else []))


def beat() -> None:
    """Send word of what is due. Of several one leads; another takes over when it ends or is killed."""
    _become("beat")


def _become(role: str, *options: str) -> NoReturn:
    from portal.infra.counting import VARIABLE, make_folder  # noqa: PLC0415 - loaded when it is needed
    from portal.infra.settings import SettingsError, environment_for, load_settings  # noqa: PLC0415

    settings, environment = load_settings(), environment_for(None)
    if settings.jobs != "celery":
        raise SettingsError(
            f"PORTAL_JOBS: portal {role} is for PORTAL_JOBS=celery; as it is, the web processes work themselves"
        )
    command = [sys.executable, "-m", "portal.jobs", role, *options]
    if role == "worker" and settings.worker_metrics_port is not None:
        environment |= {VARIABLE: str(make_folder(settings.instance_dir, os.getpid()))}
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter, no shell
