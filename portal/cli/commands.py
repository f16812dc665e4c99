"""Commands: each loads the settings, does one thing, and says what it did."""

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from portal.cli.jobs import beat, worker
from portal.cli.program import Program

if TYPE_CHECKING:
    pass

app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    # `portal completion` prints the script; nothing of ours writes to the files of whoever runs it
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Portal, the identity portal.",
)

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
    from portal.cli.serve import become_server  # noqa: PLC0415 - a command loads what it needs, and no more
    from portal.infra.settings import environment_for, load_settings  # noqa: PLC0415

    settings = load_settings()  # a wrong setting ends it here, in one line
    if not tls:
        become_server(settings, address=settings.bind)
    from portal.cli.tls import own_certificate  # noqa: PLC0415
    from portal.infra.clock import SystemClock  # noqa: PLC0415

    address = "https" + settings.base_url.removeprefix("https").removeprefix("http")
    made = own_certificate(settings.instance_dir / "tls", address, at=SystemClock().now())
    print(f"To trust the certificate of this trial, trust {made.authority}", flush=True)
    become_server(
        settings,
        address=settings.bind,
        certificate=made.chain,
        key=made.key,
        environment=environment_for(settings.model_copy(update={"base_url": address})),
    )


@app.command()
def serve(
    *,
    server: Annotated[
        Literal["gunicorn", "granian"],
        typer.Option(help="granian is faster where answers are short; it is an extra package."),
    ] = "gunicorn",
) -> None:
    """Serve what `migrate --prepare` has prepared, as a container does: sets nothing up, and logs to standard output.

    SIGTERM says so at /ready first, for PORTAL_DRAIN_SECONDS, then lets running requests finish.
    """
    from portal.cli import serve as container  # noqa: PLC0415
    from portal.infra.settings import load_settings  # noqa: PLC0415

    container.serve(load_settings(), server=server)


@app.command()
def healthcheck() -> None:
    """Ask the portal on this machine whether it lives: exit code 0, or one line on why not."""
    from portal.cli.exits import Exit  # noqa: PLC0415
    from portal.cli.serve import why_unhealthy  # noqa: PLC0415
    from portal.infra.settings import load_settings  # noqa: PLC0415

    if reason := why_unhealthy(load_settings()):
        # asked every few seconds, above all of a machine that is busy: nothing is loaded to say no
        print(f"portal: {reason}", file=sys.stderr)
        raise typer.Exit(Exit.UNAVAILABLE)


@app.command()
def migrate(
    *,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare",
            help="Also make what `portal serve` looks for: built-in roles, keys, rights in the database.",
        ),
    ] = False,
) -> None:
    """Bring the database to the newest schema."""
    from portal.cli.migrations import upgrade  # noqa: PLC0415 - Alembic is heavy, and only this needs it
    from portal.infra.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    upgrade(settings)
    if prepare:
        from portal.cli.preparing import prepare_to_serve  # noqa: PLC0415

        prepare_to_serve(settings)
    print("The database is up to date.")


@app.command(name="setup-link")
def setup_link() -> None:
    """Print a fresh one-time link for the first administrator."""
    from portal.bootstrap import build_portal  # noqa: PLC0415
    from portal.cli.start import prepare  # noqa: PLC0415
    from portal.infra.settings import load_settings  # noqa: PLC0415

    link = prepare(build_portal(load_settings()))
    print(link or "There is an administrator already; sign in as one, or ask one.")


@app.command()
def demo() -> None:
    """Serve a portal full of invented people and apps, apart from your own."""
    from portal.bootstrap import build_portal  # noqa: PLC0415
    from portal.cli.demo import ADMINISTRATOR, furnish  # noqa: PLC0415
    from portal.cli.serve import become_server  # noqa: PLC0415
    from portal.cli.start import prepare  # noqa: PLC0415
    from portal.infra.settings import environment_for, load_settings  # noqa: PLC0415

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
    become_server(settings, address=settings.bind, environment=environment_for(settings))


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
    from portal.infra.settings import load_settings  # noqa: PLC0415

    portal = build_portal(load_settings())
    prepare(portal)
    wanted = Wanted(
        users=users, groups=groups, roles=roles, apps=apps, sessions=sessions, requests=requests, audit=audit
    )
    fill(portal, wanted, tell=print)


@app.command()
def settings() -> None:
    """Print every setting with its meaning and default, as the page docs/configuration.md has them."""
    from portal.cli.reference import configuration_page  # noqa: PLC0415

    print(configuration_page(), end="")


@app.command(hidden=True)
def commands() -> None:
    """Print the reference of all commands, as the page docs/command-line.md has it."""
    from portal.cli.manual import command_reference  # noqa: PLC0415

    print(command_reference(app))


@app.command()
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="The shell that completes.")],
) -> None:
    """Print what makes a shell complete commands and options; nothing is written anywhere.

    Example: source <(portal completion bash)
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # noqa: PLC0415

    print(get_completion_script(prog_name="portal", complete_var="_PORTAL_COMPLETE", shell=shell))
