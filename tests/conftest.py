"""What every test may ask for: databases, servers, mail, a browser, and a portal in this process.

Live portals stand in tests/support/visits.py.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Verbosity
from hypothesis import settings as hypothesis_settings

from tests.support import chromium, loopback
from tests.support.databases import KINDS, Databases
from tests.support.post import PostOffice
from tests.support.services import Services
from tests.support.thrift import in_memory, left_out

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.infra.settings import Settings
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock

pytest_plugins = ("tests.support.visits",)

SERVICES = pytest.StashKey[Services]()
IS_KEPT = pytest.StashKey[bool]()
IN_CI = bool(os.environ.get("CI"))

hypothesis_settings.register_profile(
    "everywhere",
    deadline=2_000,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.register_profile(
    "ci",
    hypothesis_settings.get_profile("everywhere"),
    derandomize=True,
    database=None,
    verbosity=Verbosity.normal,
)
hypothesis_settings.load_profile("ci" if IN_CI else "everywhere")


# ------------------------------------------------------------------------------------------------------- the run


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the whole run; workers are told where it is. `PORTAL_TEST_SERVICES` names one that stays, with its
    servers, for the next run.
    """
    loopback.keep_inside()
    kept = os.environ.pop("PORTAL_TEST_SERVICES", None)  # a portal would take it for a setting that it lacks
    shared = getattr(config, "workerinput", {}).get("services") or kept
    if not hasattr(config, "workerinput"):
        # whoever ends the run this way would leave servers behind; as with Ctrl-C, they are stopped first
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if (quick := in_memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(quick))
    folder = Path(shared) if shared else Path(tempfile.mkdtemp(prefix="portal-tests-", dir=quick))
    folder.mkdir(exist_ok=True)
    config.stash[SERVICES] = Services(folder)
    config.stash[IS_KEPT] = kept is not None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist does not export the type
    node.workerinput["services"] = str(node.config.stash[SERVICES].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that began the run ends what was started for it, unless it was asked to keep it."""
    if not hasattr(config, "workerinput") and not config.stash[IS_KEPT]:
        config.stash[SERVICES].stop()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thrifty", action="store_true", help="run most tests of doors on one of both databases only"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever asks for a page is a browser test."""
    if config.getoption("thrifty") and (spared := left_out(items)):
        config.hook.pytest_deselected(items=[*spared])
        items[:] = [item for item in items if item not in spared]
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


# --------------------------------------------------------------------------------------------- servers and databases


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def databases(services: Services) -> Databases:
    return Databases(services)


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    """A real Redis, shared by the run: use keys of your own."""
    return services.redis()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A fresh database with schema, built-in roles and keys; the test runs on SQLite and on PostgreSQL."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A fresh database with nothing in it, as on the first day."""
    with databases.fresh(request.param, tmp_path, prepared=False) as url:
        yield url


@pytest.fixture(scope="session")
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture
def post(post_office: PostOffice) -> PostOffice:
    """A mail server that is empty when the test begins."""
    post_office.forget()
    return post_office


# ------------------------------------------------------------------------------------------- a portal in this process


@pytest.fixture
def clock() -> MovableClock:
    """Real time, until the test says `clock.advance(minutes=5)`."""
    from tests.support.portals import MovableClock  # noqa: PLC0415 - loads the portal: only for tests that need one

    return MovableClock()


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, post: PostOffice, tmp_path: Path) -> Settings:
    """Cheap ones, on both databases; `@pytest.mark.settings(sign_up="closed")` changes some."""
    from tests.support.portals import cheap_settings  # noqa: PLC0415

    fields = {"smtp_url": post.url}
    for mark in reversed(list(request.node.iter_markers("settings"))):
        fields |= mark.kwargs
    return cheap_settings(database_url, tmp_path / "instance", **fields)


@pytest.fixture
def portal(settings: Settings, clock: MovableClock) -> Iterator[Portal]:
    """A portal on its first morning: prepared, and nobody in it."""
    from tests.support.portals import open_portal  # noqa: PLC0415

    with open_portal(settings, clock) as opened:
        yield opened


@pytest.fixture
def uow(portal: Portal) -> Iterator[UnitOfWork]:
    """An open unit of work of the system; it commits when the test has ended. On SQLite it holds the only pen."""
    from portal.infra.actor import SYSTEM  # noqa: PLC0415

    with portal.unit_of_work(SYSTEM) as unit:
        yield unit


@pytest.fixture
def deliver(portal: Portal) -> Callable[[], int]:
    """Do at once what the worker would do soon: send the mail, make the calls."""
    from portal.jobs.delivery import deliver_due  # noqa: PLC0415

    return lambda: deliver_due(portal)


@pytest.fixture
def app(portal: Portal) -> Flask:
    """The application as it is served; errors become pages here too."""
    from portal.app import create_app  # noqa: PLC0415

    return create_app(portal.settings, portal=portal)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without a script, who keeps cookies. Not in a `with` block: it would share `g` with other visitors."""
    return app.test_client()


@pytest.fixture
def add_person(portal: Portal) -> Callable[..., User]:
    """`add_person("maya@example.org", administrator=True)`: somebody with an account."""
    from tests.support.people import add_person  # noqa: PLC0415

    return partial(add_person, portal)


@pytest.fixture
def visitor_as(app: Flask, portal: Portal) -> Callable[[User], FlaskClient]:
    """`visitor_as(maya)`: a visitor of their own who is signed in."""
    from tests.support.people import sign_in  # noqa: PLC0415

    return lambda person: sign_in(app.test_client(), portal, person)


# --------------------------------------------------------------------------------------------------------- a browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        pytest.fail("no Chromium: run `make test` once, or set CHROMIUM", pytrace=False)
    return {**browser_type_launch_args, "executable_path": str(path), "args": chromium.arguments()}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Portals come and go within a session, each at an address of its own; pages are opened by their whole address."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    # pages that fade into each other are drawn a dozen times; whose test is about that has it so
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
