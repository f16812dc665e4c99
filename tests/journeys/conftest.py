"""Live portals with people in them, an app of its own process, and browsers whose complaints fail the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from portal.infra.settings import Settings
from tests.journeys.scene import Scene, furnish
from tests.support.people import add_person
from tests.support.portals import MASTER_KEY, SECRET_KEY, open_portal
from tests.support.processes import Program, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal

expect.set_options(timeout=15_000)

ROOT = Path(__file__).resolve().parent.parent.parent

# Answers that are errors on purpose, and what a browser then notes of its own accord.
REFUSALS = (
    *(f"status of {status}" for status in (400, 403, 404, 410, 422, 429)),
    "AbortError",  # htmx says so when a newer request takes the place of an older one
)

NewContext = Callable[..., "BrowserContext"]
StartApp = Callable[[dict[str, str]], str]


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complain of: errors of scripts, and what a page's policy forbids. None may be left at the end."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def new_context(new_context: NewContext, complaints: list[str]) -> NewContext:
    """`new_context(java_script_enabled=False)`: a browser of somebody's own."""

    def make(**options: Any) -> BrowserContext:  # noqa: ANN401 - Playwright's own
        context = new_context(**options)
        _listen(context, complaints)
        return context

    return make


def _listen(context: BrowserContext, complaints: list[str]) -> None:
    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(refusal in message.text for refusal in REFUSALS):
            complaints.append(f"{message.text} ({message.location['url']})")

    def note_error(error: WebError) -> None:
        # who acts faster than a page fades in is told of it as if it were a failure
        if not error.error.message.startswith("Transition was"):
            complaints.append(str(error.error))

    context.on("console", note)
    context.on("weberror", note_error)


@pytest.fixture(scope="session")
def window(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[tuple[Page, list[str]]]:
    """One window for many short visits, since opening one takes longer than a visit; and the complaints about it."""
    said: list[str] = []
    context = browser.new_context(**browser_context_args)
    _listen(context, said)
    yield context.new_page(), said
    context.close()


@pytest.fixture
def empty_window(window: tuple[Page, list[str]]) -> Iterator[Page]:
    """The shared window as if it were new: no cookies, nothing kept, as wide as a desk, in light."""
    page, said = window
    said.clear()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    yield page
    page.context.clear_cookies()
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    assert said == []


@pytest.fixture(scope="session")
def inside(live_portal: LivePortal) -> Iterator[Portal]:
    """The live portal seen from inside, to make people and apps in it by use cases."""
    settings = Settings(
        base_url=live_portal.url,
        database_url=live_portal.database_url,
        instance_dir=live_portal.instance,
        master_key=MASTER_KEY,
        secret_key=SECRET_KEY,
        smtp_url=live_portal.post.url,
        password_memory_kib=8,
        password_time_cost=1,
    )
    with open_portal(settings) as portal:
        yield portal


@pytest.fixture(scope="session")
def administrator(inside: Portal) -> User:
    return add_person(inside, "ada@meridian.example", name="Ada Byron", administrator=True)


@pytest.fixture(scope="session")
def scene(live_portal: LivePortal, inside: Portal, administrator: User) -> Scene:
    """The live portal with one of everything in it."""
    return furnish(live_portal, inside, administrator)


@pytest.fixture
def somebody(inside: Portal) -> Callable[[str], User]:
    """`somebody("Maya Okafor")`: a person of this test's own."""

    def make(name: str) -> User:
        return add_person(inside, new_address(name), name=name)

    return make


def new_address(name: str) -> str:
    """An address that no other test has."""
    return f"{name.partition(' ')[0].lower()}-{uuid4().hex[:8]}@meridian.example"


@pytest.fixture
def callback() -> str:
    """Where the app of this test will be: on another site than the portal, as an address counts as one."""
    return f"http://127.0.0.1:{free_port()}/callback"


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[StartApp]:
    """`start_app(settings)`: Kestrel CI with the settings that were copied from the page; its address."""
    with ExitStack() as stack:

        def start(settings: dict[str, str]) -> str:
            home = settings["OIDC_REDIRECT_URI"].removesuffix("/callback")
            port = int(home.rpartition(":")[2])
            log = tmp_path / "kestrel.log"
            environment = {**settings, "PORT": str(port), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
            command = [sys.executable, "-m", "tests.journeys.kestrel"]
            program = Program.start(command, log=log, port=port, cwd=ROOT, environment=environment)
            stack.callback(program.stop)
            program.wait(lambda: _answers(home), log=log)
            return home

        yield start


@pytest.fixture
def kestrel(inside: Portal, callback: str, start_app: StartApp) -> str:
    """Kestrel CI, registered by a use case, running, and open to everyone; its address."""
    wish = RegisterClient(
        client_name="Kestrel CI",
        kind="web",
        redirect_uris=[callback],
        audience="everyone",
        post_logout_redirect_uris=[callback.replace("/callback", "/left")],
    )
    with inside.unit_of_work(SYSTEM) as uow:
        registered = register_client(uow, wish)
    client = registered.client
    return start_app(
        {
            "OIDC_ISSUER": inside.settings.base_url,
            "OIDC_CLIENT_ID": client.client_id,
            "OIDC_CLIENT_SECRET": registered.secret or "",
            "OIDC_CLIENT_AUTH": client.token_endpoint_auth_method,
            "OIDC_SCOPES": "openid profile email",
            "OIDC_REDIRECT_URI": callback,
        }
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
