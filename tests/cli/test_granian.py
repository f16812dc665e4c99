"""The other server: what granian itself does not see to."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.live import CHEAP, PORTAL_COMMAND, ROOT
from tests.support.portals import MASTER_KEY, SECRET_KEY
from tests.support.processes import Program, free_port, wait_until


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """`portal serve --server granian`, ready, with two processes."""
    port, log = free_port(), tmp_path / "portal.log"
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PORT": str(port),
        "PORTAL_BIND": "127.0.0.1",
        "PORTAL_BASE_URL": f"http://localhost:{port}",
        "PORTAL_INSTANCE_DIR": str(tmp_path / "instance"),
        "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'portal.db'}",
        "PORTAL_MASTER_KEY": MASTER_KEY,
        "PORTAL_SECRET_KEY": SECRET_KEY,
        **CHEAP,
    }
    preparing = Program.start(
        [PORTAL_COMMAND, "migrate", "--prepare"], log=log, port=port, cwd=ROOT, environment=environment
    )
    wait_until(lambda: not preparing.is_running, what="a database", seconds=60)
    command: list[str | Path] = [PORTAL_COMMAND, "serve", "--server", "granian"]
    program = Program.start(command, log=log, port=port, cwd=ROOT, environment=environment)
    try:
        program.wait(lambda: is_ready(port), log=log, seconds=60)
        yield program
    finally:
        program.stop(seconds=30)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def still_works(child: psutil.Process) -> bool:
    """Whoever was adopted and has ended may be remembered for a while."""
    try:
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_processes_whose_parent_was_killed_leave_the_port_to_others(program: Program) -> None:
    children = psutil.Process(program.pid).children(recursive=True)
    assert len(children) >= 2
    os.kill(program.pid, signal.SIGKILL)
    try:
        wait_until(lambda: not any(map(still_works, children)), what="the end of all", seconds=20)
    finally:
        for child in filter(still_works, children):
            child.kill()
    assert not is_ready(program.port)
