"""Relying parties as programs of their own, registered at a running portal, and a person to sign in with them."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from portal.bootstrap import Portal
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.settings import Settings
from tests.oauth.holding import join, make_group
from tests.relying_parties import packages
from tests.support.live import LivePortal
from tests.support.people import add_person
from tests.support.portals import open_portal
from tests.support.processes import Program, free_port

APPS = Path(__file__).parent / "apps"
NODE_APP = Path(__file__).parent / "node" / "app.mjs"


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """A running app and the person who is about to use it."""

    url: str
    portal_url: str
    email: str
    subject: str
    client_id: str
    group: str
    """What the person is in."""
    log: Path


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What an app is told by the administrator, and who is about to use it."""

    client_id: str
    secret: str
    email: str
    subject: str
    group: str


def register_by_hand(
    live: LivePortal,
    url: str,
    callback: str,
    *,
    fields: Mapping[str, str] | None = None,
    **switches: object,
) -> Registered:
    """As in the console: for everybody, and told of groups; and a person who is in one."""
    email = f"maya-{new_id().hex[-8:]}@meridian.example"
    group = f"builders {url.rpartition(':')[2]}"
    form = RegisterClient(
        client_name="Kestrel CI",
        kind="web",
        redirect_uris=[callback],
        post_logout_redirect_uris=[f"{url}/left"],
        audience="everyone",
    )
    with same_portal(live) as portal:
        person = add_person(portal, email, name="Maya Okafor")
        with portal.unit_of_work(SYSTEM) as uow:
            made = register_client(uow, form)
            client = uow.session.merge(made.client)
            client.scope, client.access_claims = f"{client.scope} groups", ["groups"]
            client.switches = {**client.switches, **switches}
            for name, value in (fields or {}).items():
                setattr(client, name, value)
        join(portal, person, make_group(portal, group))
    return Registered(
        client_id=made.client.client_id,
        secret=made.secret or "",
        email=email,
        subject=str(person.id),
        group=group,
    )


@contextmanager
def running_app(library: str, live: LivePortal, folder: Path) -> Iterator[RelyingParty]:
    """An app with this library, from its registration until it has ended."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = register_by_hand(live, url, f"{url}/callback")
    words = {"ISSUER": live.url, "CLIENT_ID": app.client_id, "CLIENT_SECRET": app.secret}
    with running_program(command_for(library, folder), folder, port=port, words=words) as log:
        yield RelyingParty(
            url=url,
            portal_url=live.url,
            email=app.email,
            subject=app.subject,
            client_id=app.client_id,
            group=app.group,
            log=log,
        )


def command_for(library: str, folder: Path) -> list[str | Path]:
    """How the app with this library is started."""
    if library == "openid_client":
        return node_command(folder)
    return [sys.executable, APPS / f"with_{library}.py"]


def node_command(folder: Path) -> list[str | Path]:
    """Node looks for packages beside the program, and the tree has none."""
    program = packages.node()
    if program is None:
        raise LookupError("without Node no test with it is collected")
    (folder / "node_modules").symlink_to(packages.node_modules())
    return [program, shutil.copy(NODE_APP, folder)]


@contextmanager
def running_program(
    command: list[str | Path], folder: Path, *, port: int, words: Mapping[str, str], ready: str = "/"
) -> Iterator[Path]:
    """The app from its first answer until it has ended; its log."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": "",
        "PORT": str(port),
        **words,
    }
    log = folder / "app.log"
    program = Program.start(command, log=log, port=port, cwd=folder, environment=environment)
    try:
        program.wait(lambda: _answers(f"http://127.0.0.1:{port}{ready}"), log=log, seconds=30)
        yield log
    finally:
        program.stop()


@contextmanager
def same_portal(live: LivePortal) -> Iterator[Portal]:
    """The running portal's own database and keys, to make people and apps by its use cases."""
    settings = Settings(
        base_url=live.url,
        database_url=live.database_url,
        instance_dir=live.instance,
        master_key=live.environment.get("PORTAL_MASTER_KEY"),
        secret_key=live.environment.get("PORTAL_SECRET_KEY"),
        password_memory_kib=8,
        password_time_cost=1,
    )
    with open_portal(settings) as portal:
        yield portal


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
