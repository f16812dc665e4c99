"""A portal in the process of the tests: everything real, only the hashing cheap and the clock movable."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from portal.access.services import ensure_built_in_roles
from portal.audit.services import ensure_keys_of_strangers
from portal.bootstrap import Portal, build_portal
from portal.cli.migrations import upgrade
from portal.grants.services import ensure_signing_keys
from portal.infra.actor import CLI
from portal.infra.clock import Clock
from portal.infra.settings import Settings
from tests.support.compiled import keep_statements
from tests.support.templates import keep_templates

# Keys sealed in a database that is copied for each test must open in each of them.
MASTER_KEY = "bWFzdGVyIGtleSBvZiBwb3J0YWxzIHVuZGVyIHRlc3Q="
SECRET_KEY = "c2VjcmV0IGtleSBvZiBwb3J0YWxzIHVuZGVyIHRlc3Q="

keep_templates()
keep_statements()


class MovableClock:
    """Real time, until a test moves it on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **units: float) -> datetime:
        """`advance(minutes=5)`; the time it is then."""
        self._ahead += timedelta(**units)
        return self.now()


def cheap_settings(database_url: str, instance: Path, **fields: Any) -> Settings:  # noqa: ANN401 - any setting
    """Settings for a portal that the test client can reach as http://localhost."""
    return Settings(
        **{
            "base_url": "http://localhost",
            "database_url": database_url,
            "instance_dir": instance,
            "master_key": MASTER_KEY,
            "secret_key": SECRET_KEY,
            "password_memory_kib": 8,
            "password_time_cost": 1,
            "throttles": False,
            **fields,
        }
    )


@contextmanager
def open_portal(settings: Settings, clock: Clock | None = None) -> Iterator[Portal]:
    """A built portal, whose connections are closed at the end."""
    portal = build_portal(settings, clock=clock)
    try:
        yield portal
    finally:
        portal.engine.dispose()


def prepare(database_url: str, instance: Path) -> None:
    """Schema, built-in roles and signing keys: what a start makes before it serves, without a setup link."""
    settings = cheap_settings(database_url, instance)
    upgrade(settings)
    with open_portal(settings) as portal:
        with portal.unit_of_work(CLI) as uow:
            ensure_built_in_roles(uow)
            ensure_keys_of_strangers(uow)
        with portal.unit_of_work(CLI) as uow:
            ensure_signing_keys(uow)
