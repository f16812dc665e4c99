"""A portal as an operator runs it: `portal run`, gunicorn, its own instance folder, a port, a log."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.post import PostOffice
from tests.support.processes import Program, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PORTAL_COMMAND = Path(sys.executable).with_name("portal")
READY_SECONDS = 60.0

# As little hashing as the settings allow; no throttles, because all visitors come from one address.
CHEAP = {
    "PORTAL_PASSWORD_MEMORY_KIB": "8",
    "PORTAL_PASSWORD_TIME_COST": "1",
    "PORTAL_THROTTLES": "false",
}


@dataclass(frozen=True)
class LivePortal:
    """A running portal and what a test may want to know of it."""

    url: str
    database_url: str
    instance: Path
    log: Path
    post: PostOffice
    program: Program
    environment: Mapping[str, str]

    @property
    def setup_link(self) -> str:
        """The one-time link for the first administrator, as the terminal shows it."""
        found = re.findall(rf"{re.escape(self.url)}/setup/\S+", self.log.read_text(encoding="utf-8"))
        if not found:
            raise LookupError("the portal printed no setup link")
        return str(found[-1])

    def command(self, *words: str, seconds: float = 60) -> str:
        """What the `portal` command says in this portal's place; a failure is raised with its words."""
        done = subprocess.run(
            [PORTAL_COMMAND, *words],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"portal {' '.join(words)}:\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def running_portal(
    database_url: str, folder: Path, post: PostOffice, settings: Mapping[str, str] | None = None
) -> Iterator[LivePortal]:
    """From `portal run` until it has ended; `settings` are environment variables on top of the cheap ones."""
    port = free_port()
    url = f"http://localhost:{port}"
    log = folder / "portal.log"
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PORT": str(port),
        "PORTAL_INSTANCE_DIR": str(folder / "instance"),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_SMTP_URL": post.url,
        **CHEAP,
        **(settings or {}),
    }
    program = Program.start([PORTAL_COMMAND, "run"], log=log, port=port, cwd=ROOT, environment=environment)
    try:
        program.wait(lambda: _is_ready(url), log=log, seconds=READY_SECONDS)
        yield LivePortal(
            url=url,
            database_url=database_url,
            instance=folder / "instance",
            log=log,
            post=post,
            program=program,
            environment=environment,
        )
    finally:
        program.stop(seconds=30)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
