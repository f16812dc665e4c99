"""`portal migrate` as operators run it: sometimes twice at once, when two containers start."""

import sqlite3
import subprocess
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil

from portal.infra.schema import newest_revision
from tests.support.live import PORTAL_COMMAND, ROOT
from tests.support.processes import wait_until


def test_two_starts_at_once_bring_a_database_up_once(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    environment = {
        "PATH": "/usr/bin:/bin",
        "PORTAL_INSTANCE_DIR": str(tmp_path),
        "PORTAL_DATABASE_URL": f"sqlite:///{file}",
    }
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(
            "BEGIN IMMEDIATE"
        )  # both are held up here, so that neither is done before the other looks
        starts = [_start(environment) for _ in range(2)]
        for start in starts:
            wait_until(partial(_has_open, start, file), what="a start to look", seconds=60)
        database.execute("COMMIT")
        said = [start.communicate(timeout=60)[0] for start in starts]
        assert said == ["The database is up to date.\n"] * 2
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (newest_revision(),)
        ]


def _start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PORTAL_COMMAND, "migrate"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _has_open(start: subprocess.Popen[str], file: Path) -> bool:
    """The write-ahead log too: it has read something."""
    opened = {Path(one.path).name for one in psutil.Process(start.pid).open_files()}
    return {file.name, f"{file.name}-wal"} <= opened
