"""Databases for tests: migrated once, as a start does it, then copied for each test that asks."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.support.services import Services
from tests.support.washing import MOST_WASHES, FirstMorning

TEMPLATE = "portal_template"

KINDS = ("sqlite", "postgresql")


@dataclass
class _Copy:
    """A copy of the PostgreSQL template, and how often it has been washed."""

    name: str
    washes: int = 0


class Databases:
    """Hands out fresh databases with today's schema, in milliseconds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._washed: list[_Copy] = []
        self._first_morning: FirstMorning | None = None

    @contextmanager
    def fresh(self, kind: str, folder: Path, *, prepared: bool = True) -> Iterator[str]:
        """The address of a database that nobody else uses, until the end of the block; prepared or empty."""
        if kind == "sqlite":
            path = folder / "portal.db"
            if prepared:
                shutil.copy(self._sqlite_template(), path)
            yield f"sqlite:///{path}"
            return
        copy = self._take() if prepared else _Copy(self._create("template0"))
        try:
            yield f"{self._services.postgresql()}/{copy.name}"
        finally:
            if not (prepared and self._wash(copy)):
                self._administer("DROP DATABASE {} WITH (FORCE)", copy.name)

    def _take(self) -> _Copy:
        if self._washed:
            return self._washed.pop()
        copy = _Copy(self._create(self._postgresql_template()))
        if self._first_morning is None:
            self._first_morning = FirstMorning.of(self._address(copy.name))
        return copy

    def _wash(self, copy: _Copy) -> bool:
        """Whether it is clean again, and put by for the next test."""
        copy.washes += 1
        if self._first_morning is None or copy.washes > MOST_WASHES:
            return False
        if not self._first_morning.wash(self._address(copy.name)):
            return False
        self._washed.append(copy)
        return True

    def _create(self, template: str) -> str:
        """A new database. Copying files is faster than replaying pages, and here is no durability to lose."""
        name = f"portal_{uuid4().hex}"
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    def _address(self, name: str) -> str:
        return f"{self._services.postgresql().replace('+psycopg', '')}/{name}"

    def _sqlite_template(self) -> Path:
        path = self._services.folder / f"template-{_first_day()}.db"
        with self._services.locked("sqlite-template"):
            if not path.exists():
                beside = path.with_suffix(".new")
                _prepare(f"sqlite:///{beside}", self._services.folder)
                beside.rename(path)
        return path

    def _postgresql_template(self) -> str:
        name = f"{TEMPLATE}_{_first_day()}"
        url = self._services.postgresql()
        done = self._services.folder / f"postgresql-{name}.done"
        with self._services.locked("postgresql-template"):
            if not done.exists():
                self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
                self._administer("CREATE DATABASE {}", name)
                _prepare(f"{url}/{name}", self._services.folder)
                done.touch()
        return name

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@cache
def _first_day() -> str:
    """Short for everything that decides what a prepared database holds, so that a kept template is never an old one."""
    root = Path(__file__).parents[2]
    features = (root / "portal" / name for name in ("access", "audit", "grants"))
    folders = (root / "migrations" / "versions", *features)
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _prepare(url: str, folder: Path) -> None:
    # most tests need neither a database nor, therefore, the whole portal in memory
    from tests.support.portals import prepare  # noqa: PLC0415

    prepare(url, folder / "instance")
