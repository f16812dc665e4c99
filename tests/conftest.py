"""What every test may ask for: databases, servers, a browser, mail, and a portal, in process or live."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Verbosity
from hypothesis import settings as hypothesis_settings

from tests.support import chromium, loopback
from tests.support.databases import KINDS, Databases
from tests.support.live import LivePortal, running_portal
from tests.support.post import PostOffice
from tests.support.services import Services

SERVICES = pytest.StashKey[Services]()
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
    """One folder for the whole run; workers are told where it is."""
    loopback.keep_inside()
    shared = getattr(config, "workerinput", {}).get("services")
    folder = Path(shared) if shared else Path(tempfile.mkdtemp(prefix="portal-tests-"))
    config.stash[SERVICES] = Services(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist does not export the type
    node.workerinput["services"] = str(node.config.stash[SERVICES].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that began the run ends what was started for it."""
    if not hasattr(config, "workerinput"):
        config.stash[SERVICES].stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a page is a browser test."""
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
    """A fresh, migrated database; the test runs on SQLite and on PostgreSQL."""
    with databases.fresh(request.param, tmp_path) as url:
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


# ------------------------------------------------------------------------------------------------------ a live portal

StartPortal = Callable[..., LivePortal]


@pytest.fixture(scope="session", params=KINDS)
def live_portal(
    request: pytest.FixtureRequest,
    databases: Databases,
    post_office: PostOffice,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LivePortal]:
    """A portal behind gunicorn, shared by the tests of one worker: make people and apps of your own."""
    folder = tmp_path_factory.mktemp(f"live-{request.param}")
    with (
        databases.fresh(request.param, folder, migrated=False) as url,
        running_portal(url, folder, post_office) as portal,
    ):
        yield portal


@pytest.fixture
def start_portal(
    request: pytest.FixtureRequest,
    database_url: str,
    post: PostOffice,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartPortal]:
    """`start_portal(PORTAL_SIGN_UP="closed")`: a portal of the test's own, on both databases."""
    with ExitStack() as stack:

        def start(**settings: str) -> LivePortal:
            folder = tmp_path_factory.mktemp("portal")
            return stack.enter_context(running_portal(database_url, folder, post, settings))

        yield start


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
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "UTC"}
