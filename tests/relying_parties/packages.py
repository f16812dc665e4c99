"""Clients in other languages: which this machine can run, and their packages, kept beside the environment's own.

`python -m tests.relying_parties.packages` fetches them ahead; else the first test that needs one does.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KEPT = Path(sys.prefix) / "share" / "relying-parties"
NODE = Path(__file__).parent / "node"
OLDEST_NODE = 20
FETCH_SECONDS = 60

DEBIAN_PACKAGES = ("apache2-bin", "libapache2-mod-auth-openidc")
MODULE = "mod_auth_openidc.so"
MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules")
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"


class PackagesMissing(Exception):
    """They could not be fetched; the text says what to do about it."""


@dataclass(frozen=True)
class Apache:
    """A server with mod_auth_openidc at hand."""

    program: Path
    modules: Path
    libraries: tuple[Path, ...] = ()
    """Where the loader has to look besides."""


# ----------------------------------------------------------------------------------------------------------- Node.js


@cache
def node() -> Path | None:
    """The machine's Node, if it is new enough for openid-client and npm is there too."""
    program = shutil.which("node")
    if program is None or shutil.which("npm") is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    version = re.match(r"v(\d+)\.", told.stdout)
    return Path(program) if version and int(version[1]) >= OLDEST_NODE else None


def node_modules() -> Path:
    """The packages of node/package-lock.json, each checked by npm against the hash there.

    Raises:
        PackagesMissing: npm could not fetch them.
    """
    lock = (NODE / "package-lock.json").read_bytes()
    folder = KEPT / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"
    with _one_at_a_time():
        if not folder.exists():
            with _new(folder) as beside:
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(NODE / name, beside)
                quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
                _run(["npm", "ci", "--ignore-scripts", *quiet], cwd=beside)
    return folder / "node_modules"


# ------------------------------------------------------------------------------------------------------------ Apache


@cache
def apache_can_be_had() -> bool:
    """Whether it is installed with the module, or Debian's packages can be fetched."""
    return _installed() is not None or all(shutil.which(name) for name in ("apt-get", "dpkg-deb"))


def apache() -> Apache:
    """The machine's own, or Debian's packages unpacked in a folder of ours: nothing is installed by it.

    Raises:
        PackagesMissing: apt could not fetch them.
    """
    if found := _installed():
        return found
    folder = KEPT / "apache"
    with _one_at_a_time():
        if not folder.exists():
            with _new(folder) as beside:
                for package in _debian_packages(beside / "archives"):
                    _run(["dpkg-deb", "--extract", package, beside], cwd=beside)
                shutil.rmtree(beside / "archives")
    libraries = tuple(sorted((folder / "usr/lib").glob("*-linux-*")))
    return Apache(folder / "usr/sbin/apache2", folder / "usr/lib/apache2/modules", libraries)


def _installed() -> Apache | None:
    program = shutil.which("apache2", path=SYSTEM) or shutil.which("httpd", path=SYSTEM)
    modules = next((path for path in map(Path, MODULE_FOLDERS) if (path / MODULE).is_file()), None)
    return Apache(Path(program), modules) if program and modules else None


def _debian_packages(archives: Path) -> Sequence[Path]:
    """Both packages and whatever of their dependencies this machine does not have, verified by apt."""
    (archives / "partial").mkdir(parents=True)
    (archives / "lists" / "partial").mkdir(parents=True)
    ours = ["-qq", "-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=1"]
    ours += ["-o", "APT::Sandbox::User=root", "-o", f"Dir::Cache::pkgcache={archives}/packages.bin"]
    ours += ["-o", f"Dir::Cache::srcpkgcache={archives}/sources.bin"]
    # one of the two may be installed, and is wanted here all the same
    fetch = [
        "install",
        "--reinstall",
        "--download-only",
        "--yes",
        "--no-install-recommends",
        *DEBIAN_PACKAGES,
    ]
    try:
        _run(["apt-get", *ours, *fetch], cwd=archives)
    except PackagesMissing:
        # the machine's lists are missing or old, and only root may renew those
        ours += ["-o", f"Dir::State::lists={archives}/lists"]
        _run(["apt-get", *ours, "update"], cwd=archives)
        _run(["apt-get", *ours, *fetch], cwd=archives)
    return sorted(archives.glob("*.deb"))


# ---------------------------------------------------------------------------------------------------------- together


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder to fill, which gets its name when everything is in it."""
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    yield beside
    beside.rename(folder)


def _run(command: Sequence[str | Path], *, cwd: Path) -> None:
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, env=quietly, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise PackagesMissing(f"{words[0]} took more than {FETCH_SECONDS} seconds") from None
    if done.returncode:
        raise PackagesMissing(f"{words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


def is_given_up(name: str) -> bool:
    """Whether the last `main` could not fetch the packages of `node` or `apache`: a registry that is away says nothing
    about the portal.
    """
    return _given_up(name).exists()


def _given_up(name: str) -> Path:
    return KEPT / f"{name}.given-up"


def main() -> None:
    """Fetch what this machine can have, and say in a line what it can't: that is not tried then."""
    for name, possible, fetch, hint in (
        ("node", node() is not None, node_modules, "openid-client needs Node.js 20 or newer, with npm"),
        ("apache", apache_can_be_had(), apache, "mod_auth_openidc needs Apache with that module, or apt"),
    ):
        try:
            if possible:
                fetch()
                _given_up(name).unlink(missing_ok=True)
                continue
        except PackagesMissing as problem:
            _given_up(name).touch()
            hint = str(problem)  # noqa: PLW2901 - what to say is decided here
        sys.stderr.write(f"A client in another language is not tried: {hint}\n")


if __name__ == "__main__":
    main()
