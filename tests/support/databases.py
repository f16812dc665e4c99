"""Databases for tests: migrated once, as a start does it, then copied for each test that asks."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.support.services import Services

TEMPLATE = "portal_template"

KINDS = ("sqlite", "postgresql")


class Databases:
    """Hands out fresh databases with today's schema, in milliseconds."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @contextmanager
    def fresh(self, kind: str, folder: Path, *, prepared: bool = True) -> Iterator[str]:
        """The address of a database that nobody else uses, until the end of the block; prepared or empty."""
        if kind == "sqlite":
            path = folder / "portal.db"
            if prepared:
                shutil.copy(self._sqlite_template(), path)
            yield f"sqlite:///{path}"
            return
        name = f"portal_{uuid4().hex}"
        template = self._postgresql_template() if prepared else "template0"
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
                _prepare(f"sqlite:///{beside}", self._services.folder)
                beside.rename(path)
        return path

    def _postgresql_template(self) -> str:
        done = self._services.folder / "postgresql-template.done"
        url = self._services.postgresql()
        with self._services.locked("postgresql-template"):
            if not done.exists():
                self._administer("CREATE DATABASE {}", TEMPLATE)
                _prepare(f"{url}/{TEMPLATE}", self._services.folder)
                done.touch()
        return TEMPLATE

    def _administer(self, statement: str, *names: str) -> None:
        address = self._services.postgresql().replace("+psycopg", "") + "/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _prepare(url: str, folder: Path) -> None:
    # most tests need neither a database nor, therefore, the whole portal in memory
    from tests.support.portals import prepare  # noqa: PLC0415

    prepare(url, folder / "instance")
