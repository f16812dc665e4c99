"""How a portal starts and ends: where it can't, in one line that names the setting and the fix."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli.exits import StartFailed
from portal.cli.listening import ensure_can_listen
from tests.support.live import running_portal
from tests.support.post import PostOffice
from tests.support.processes import wait_until

ROOT = Path(__file__).parents[2]


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed, match=f"PORT: {port} on 127.0.0.1 is taken"):
            ensure_can_listen([("127.0.0.1", port)])


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(StartFailed, match=r"PORTAL_BIND: 192\.0\.2\.1 is no address of this machine"):
        ensure_can_listen([("192.0.2.1", 8000)])


def test_a_free_port_and_a_path_are_fine(tmp_path: Path) -> None:
    ensure_can_listen([("127.0.0.1", 0), str(tmp_path / "portal.sock")])


def test_what_only_the_portal_finds_wrong_is_one_line_too(tmp_path: Path) -> None:
    """The server loads the portal, and what it says of a failure would be a trace."""
    given = {
        "PATH": os.environ["PATH"],
        "PORTAL_INSTANCE_DIR": str(tmp_path),
        "PORTAL_SMTP_URL": "smtp://mail.example.org",
    }
    command = [sys.executable, "-c", "from portal.cli import main; main()", "run"]
    ended = subprocess.run(
        command, cwd=ROOT, env=given, check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "portal: PORTAL_SMTP_URL: plain smtp:// is for this machine only; use smtps:// or smtp+starttls://"
    ]


def test_what_has_ended_leaves_its_database_in_one_file(tmp_path: Path, post: PostOffice) -> None:
    """Else who copies it would leave behind what was written last."""
    file = tmp_path / "portal.db"
    with running_portal(f"sqlite:///{file}", tmp_path, post, {"PORTAL_WORKERS": "1"}) as portal:
        assert portal.setup_link
        assert Path(f"{file}-wal").exists()
        os.killpg(portal.program.pid, signal.SIGINT)  # as a terminal sends Ctrl-C: to all of its processes
        wait_until(lambda: not portal.program.is_running, what="end", seconds=20)
    assert list(tmp_path.glob("portal.db-*")) == []
    assert list((portal.instance / "metrics").iterdir()) == []
    assert "Traceback" not in portal.log.read_text(encoding="utf-8")
