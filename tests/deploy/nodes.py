"""Nodes as containers would run them, without containers: what the image holds, on a tree that cannot be written."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from tests.deploy.image import HOME, ROOT, STATE, copied, stages
from tests.support.live import CHEAP
from tests.support.portals import MASTER_KEY, SECRET_KEY
from tests.support.processes import Program

ENVIRONMENT = Path(sys.prefix)
CONTAINER_USER = 1000
NOBODY = 65534


SERVERS = {"one": (), "other": ("--server", "granian")}
"""Each node has one of both."""


@dataclass(frozen=True)
class Container:
    """Where an image would be unpacked, and as whom it is run."""

    tree: Path
    folder: Path
    uid: int

    def command(self, *words: str) -> list[str]:
        """The image's own entrypoint, with no right that an ordinary process would not have."""
        return [*_stripped(self.uid), str(ENVIRONMENT / "bin" / stages()[-1].words("ENTRYPOINT")[0]), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Any other program, with the rights that a container has."""
        return subprocess.run([*_stripped(self.uid), *words], capture_output=True, timeout=10, check=False)

    def environment(self, state: Path, settings: Mapping[str, str]) -> dict[str, str]:
        """The image's own, with its places where they are here; every secret is the path of a file."""
        places = {f"{HOME}/.venv": str(ENVIRONMENT), HOME: str(self.tree), STATE: str(state / "run")}
        given = dict(stages()[-1].environment)
        for name, value in given.items():
            for place, here in places.items():
                given[name] = given[name].replace(place, here) if place in value else given[name]
        # installed in the image is its own tree; here the checkout is
        return {**given, "PYTHONPATH": str(self.tree), "TMPDIR": str(state / "tmp"), **settings}

    def state(self, name: str) -> Path:
        """A node's own writable mounts."""
        state = self.folder / name
        for mount in (state / "run", state / "tmp"):
            mount.mkdir(parents=True)
            os.chown(mount, self.uid, -1)
        return state

    def secrets(self, contents: Mapping[str, str]) -> dict[str, str]:
        """Settings that name files with these contents."""
        folder = self.folder / "secrets"
        folder.mkdir(exist_ok=True)
        named = {}
        for setting, content in contents.items():
            file = folder / setting.lower()
            file.write_text(content)
            file.chmod(0o400)
            os.chown(file, self.uid, -1)
            named[f"PORTAL_{setting}_FILE"] = str(file)
        return named

    def contents(self) -> dict[str, tuple[int, int]]:
        """Every file of the tree, with its size and the moment of its last change."""
        found = ((path, path.stat()) for path in self.tree.rglob("*"))
        return {str(path): (facts.st_size, facts.st_mtime_ns) for path, facts in found}


@contextmanager
def unpacked() -> Iterator[Container]:
    """Made of the files that the Dockerfile copies, and taken away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="portal-container-"))
    folder.chmod(0o755)
    try:
        tree = folder / "portal"
        tree.mkdir()
        for name in copied():
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source, tree / name, ignore=shutil.ignore_patterns("compose", "conformance", "kubernetes")
                )
            else:
                shutil.copy(source, tree)
        uid = _user()
        for path in (tree, *tree.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield Container(tree, folder, uid)
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> int:
    """As in the image, where the tests may choose and everybody can reach the environment; else whoever runs them."""
    if os.geteuid() != 0:
        return os.geteuid()
    needed = {parent for place in (sys.prefix, sys.base_prefix) for parent in Path(place).resolve().parents}
    return CONTAINER_USER if all(parent.stat().st_mode & stat.S_IXOTH for parent in needed) else 0


def _stripped(uid: int) -> list[str]:
    """Without capabilities even root writes nothing that is not its own."""
    program = shutil.which("setpriv")
    if program is None:
        return []
    if os.geteuid() != 0:
        return [program, "--no-new-privs"]
    rights = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--clear-groups"]
    return [program, f"--reuid={uid}", f"--regid={uid}", *rights]


@dataclass(frozen=True)
class Node:
    """A running `portal serve`."""

    container: Container
    program: Program
    port: int
    log: Path
    environment: Mapping[str, str]

    def is_ready(self) -> bool:
        return self.ask("/ready") == HTTPStatus.OK

    def ask(self, path: str) -> int:
        """The status of an answer; 0 where nobody takes the connection."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@contextmanager
def running(
    container: Container, settings: Mapping[str, str], ports: Mapping[str, int]
) -> Iterator[dict[str, Node]]:
    """All of them at once, by the command of the image, until they have ended; the settings are the same for each."""
    with ExitStack() as stack:
        nodes = {
            name: stack.enter_context(_started(container, settings, name, ports[name])) for name in ports
        }
        for node in nodes.values():
            node.program.wait(node.is_ready, log=node.log, seconds=60)
        yield nodes


@contextmanager
def _started(container: Container, settings: Mapping[str, str], name: str, port: int) -> Iterator[Node]:
    state = container.state(name)
    environment = container.environment(state, {**CHEAP, **settings, "PORT": str(port)})
    log = state / "node.log"
    command = container.command(*stages()[-1].words("CMD"), *SERVERS[name])
    program = Program.start(command, log=log, port=port, cwd=container.tree, environment=environment)
    try:
        yield Node(container, program, port, log, environment)
    finally:
        program.stop(seconds=30)


def shared_secrets(database_url: str, redis_url: str) -> dict[str, str]:
    """What all nodes must agree on."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MASTER_KEY": MASTER_KEY,
        "SECRET_KEY": SECRET_KEY,
    }
