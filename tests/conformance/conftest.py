"""One portal for all modules, with the fixtures that a trial loads; each module brings its own browser."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.app import create_app
from portal.bootstrap import Portal
from portal.cli.fixtures import place, read_fixtures
from tests.conformance.suite import FOLDER, HOME, Suite
from tests.support.databases import Databases
from tests.support.portals import MovableClock, cheap_settings, open_portal


@dataclass(frozen=True)
class Trial:
    """A portal that is there for certification."""

    portal: Portal
    app: Flask
    clock: MovableClock


@pytest.fixture(scope="session")
def trial(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    folder, clock = tmp_path_factory.mktemp("trial"), MovableClock()
    with databases.fresh("sqlite", folder) as url:
        settings = cheap_settings(
            url, folder / "instance", base_url=HOME, implicit_flow=True, client_registration="open"
        )
        with open_portal(settings, clock) as portal:
            list(place(portal, read_fixtures(FOLDER / "example.toml"), surely=False))
            yield Trial(portal, create_app(portal.settings, portal=portal), clock)


@pytest.fixture
def suite(request: pytest.FixtureRequest, trial: Trial) -> Suite:
    """The module under test, by the name of the test: `test_oidcc_server` is `oidcc-server` of the plan that
    its file names.
    """
    module = request.node.name.removeprefix("test_").partition("[")[0].replace("_", "-")
    return Suite.of(trial.app, trial.clock, getattr(request.module, "PLAN", "basic"), module)
