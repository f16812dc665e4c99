"""Commands: each loads the settings, does one thing, and says what it did."""

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from portal.cli.access import access as access_commands
from portal.cli.admin import admin as admin_commands
from portal.cli.audit import audit as audit_commands
from portal.cli.conformance import conformance as conformance_commands
from portal.cli.jobs import beat, worker
from portal.cli.keys import keys as keys_commands
from portal.cli.registration import registration as registration_commands
from portal.infra.settings import Settings, environment_for, load_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Portal, the identity portal.",
)

app.add_typer(access_commands, name="access")
app.add_typer(audit_commands, name="audit")

app.add_typer(admin_commands, name="admin")
app.add_typer(keys_commands, name="keys")
app.add_typer(conformance_commands, name="conformance")
app.add_typer(registration_commands, name="registration")

app.command()(worker)
app.command()(beat)

ROOT = Path(__file__).parents[2]


@app.command()
def run(
    *,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve https with a certificate made for trials.")
    ] = False,
) -> None:
    """Bring the database up to date, then serve until Ctrl-C."""
    settings = load_settings()  # a wrong setting ends it here, in one line
    if not tls:
        _serve()
    from portal.cli.tls import own_certificate  # noqa: PLC0415
    from portal.infra.clock import SystemClock  # noqa: PLC0415

    address = "https" + settings.base_url.removeprefix("https").removeprefix("http")
    made = own_certificate(settings.instance_dir / "tls", address, at=SystemClock().now())
    print(f"To trust the certificate of this trial, trust {made.authority}", flush=True)
    files = ("--certfile", str(made.chain), "--keyfile", str(made.key))
    _serve(settings.model_copy(update={"base_url": address}), *files)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from portal.cli.migrations import upgrade  # noqa: PLC0415 - Alembic is heavy, and only this needs it

    upgrade(load_settings())
    print("The database is up to date.")


@app.command(name="setup-link")
def setup_link() -> None:
    """Print a fresh one-time link for the first administrator."""
    from portal.bootstrap import build_portal  # noqa: PLC0415 - a command loads what it needs, and no more
    from portal.cli.start import prepare  # noqa: PLC0415

    link = prepare(build_portal(load_settings()))
    print(link or "There is an administrator already; sign in as one, or ask one.")


@app.command()
def demo() -> None:
    """Serve a portal full of invented people and apps, apart from your own."""
    from portal.bootstrap import build_portal  # noqa: PLC0415
    from portal.cli.demo import ADMINISTRATOR, furnish  # noqa: PLC0415
    from portal.cli.start import prepare  # noqa: PLC0415

    own = load_settings()
    settings = own.model_copy(
        update={
            "instance_dir": own.instance_dir / "demo",
            "database_url": f"sqlite:///{own.instance_dir / 'demo' / 'portal.db'}",
        }
    )
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    note = settings.instance_dir / "password.txt"
    prepare(build_portal(settings))
    if furnish(settings, password=password):
        note.touch(mode=0o600)
        note.write_text(password, encoding="utf-8")
    print(
        f"The demo is on {settings.base_url}: sign in as {ADMINISTRATOR} with {note.read_text('utf-8')}",
        flush=True,
    )
    _serve(settings)


@app.command(hidden=True)
def seed(
    *,
    users: int = 100_000,
    groups: int = 50,
    roles: int = 20,
    apps: int = 200,
    sessions: int = 10_000,
    requests: int = 1_000,
    audit: int = 100_000,
) -> None:
    """For trials: fill the database with invented people. Refuses where anybody has a real address."""
    from portal.bootstrap import build_portal  # noqa: PLC0415
    from portal.cli.seed import Wanted, fill  # noqa: PLC0415
    from portal.cli.start import prepare  # noqa: PLC0415

    portal = build_portal(load_settings())
    prepare(portal)
    wanted = Wanted(
        users=users, groups=groups, roles=roles, apps=apps, sessions=sessions, requests=requests, audit=audit
    )
    fill(portal, wanted, tell=print)


def _serve(settings: Settings | None = None, *further: str) -> NoReturn:
    """Become gunicorn, which reads the settings from the environment: the one that is, or the one for `settings`."""
    gunicorn = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "deploy" / "gunicorn.conf.py"),
        *further,
    ]
    os.execve(sys.executable, gunicorn, environment_for(settings))  # noqa: S606 - our own interpreter, no shell


@app.command()
def settings() -> None:
    """Print every setting with its meaning and default, as the page docs/configuration.md has them."""
    from portal.cli.reference import configuration_page  # noqa: PLC0415

    print(configuration_page(), end="")
