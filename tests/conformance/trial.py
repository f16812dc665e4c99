"""A portal that is there for certification, with the fixtures that an operator would load."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.bootstrap import Portal
from portal.cli.fixtures import place, read_fixtures
from tests.conformance.away import Away, away
from tests.support.databases import Databases
from tests.support.portals import MovableClock, cheap_settings, open_portal

HOME = "https://localhost:8000"
FOLDER = Path(__file__).parents[2] / "deploy" / "conformance"
SUITE_HOME = "https://localhost.emobix.co.uk:8443"
"""Where the shipped files take the suite to run."""


@dataclass(frozen=True)
class Trial:
    """All that a module needs of its surroundings."""

    portal: Portal
    app: Flask
    clock: MovableClock
    away: Away
    visitor: FlaskClient
    """A browser with the cookies of the modules before, for those that do not care."""

    def config(self, name: str) -> dict[str, Any]:
        """What an operator gives to the suite, which here runs elsewhere."""
        text = (FOLDER / f"suite-{name}.json").read_text()
        config: dict[str, Any] = json.loads(text.replace(SUITE_HOME, self.away.url))
        return config


@contextmanager
def trial_on(kind: str, databases: Databases, folder: Path) -> Iterator[Trial]:
    """One on this kind of database, until the end of the block."""
    clock = MovableClock()
    with away(folder / "tls") as (server, bundle), databases.fresh(kind, folder) as url:
        settings = cheap_settings(
            url,
            folder / "instance",
            base_url=HOME,
            implicit_flow=True,
            client_registration="open",
            fetch_loopback=True,
            ca_bundle=bundle,
        )
        fixtures = folder / "fixtures.toml"
        fixtures.write_text((FOLDER / "example.toml").read_text().replace(SUITE_HOME, server.url))
        with open_portal(settings, clock) as portal:
            list(place(portal, read_fixtures(fixtures), surely=False))
            app = create_app(portal.settings, portal=portal)
            yield Trial(portal, app, clock, server, app.test_client())
