"""Databases for tests: migrated once by the product's own command, then copied for each test that asks."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.support.processes import ProgramError
from tests.support.services import Services

ROOT = Path(__file__).resolve().parent.parent.parent
PORTAL_COMMAND = Path(sys.executable).with_name("portal")
TEMPLATE = "portal_template"

KINDS = ("sqlite", "postgresql")


class Databases:
    """Hands out fresh databases with today's schema, in milliseconds."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @contextmanager
    def fresh(self, kind: str, folder: Path, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database that nobody else uses, until the end of the block."""
        if kind == "sqlite":
            path = folder / "portal.db"
            if migrated:
                shutil.copy(self._sqlite_template(), path)
            yield f"sqlite:///{path}"
            return
        name = f"portal_{uuid4().hex}"
        template = self._postgresql_template() if migrated else "template0"
        # copying files is four times as fast as replaying pages, and these servers have no durability to lose
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        try:
            yield f"{self._services.postgresql()}/{name}"
        finally:
            self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _sqlite_template(self) -> Path:
        path = self._services.folder / "template.db"
        with self._services.locked("sqlite-template"):
            if not path.exists():
                beside = path.with_suffix(".new")
                migrate(f"sqlite:///{beside}", self._services.folder / "sqlite-template")
                beside.rename(path)
        return path

    def _postgresql_template(self) -> str:
        done = self._services.folder / "postgresql-template.done"
        url = self._services.postgresql()
        with self._services.locked("postgresql-template"):
            if not done.exists():
                self._administer("CREATE DATABASE {}", TEMPLATE)
                migrate(f"{url}/{TEMPLATE}", self._services.folder / "postgresql-template")
                done.touch()
        return TEMPLATE

    def _administer(self, statement: str, *names: str) -> None:
        address = self._services.postgresql().replace("+psycopg", "") + "/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def migrate(url: str, instance: Path) -> None:
    """Run `portal migrate` as an operator would."""
    environment = {"PORTAL_DATABASE_URL": url, "PORTAL_INSTANCE_DIR": str(instance), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [PORTAL_COMMAND, "migrate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"portal migrate failed:\n{done.stdout}{done.stderr}")
