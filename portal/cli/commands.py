"""Commands: each loads the settings, does one thing, and says what it did."""

import os
import sys
from pathlib import Path

import typer

from portal.infra.settings import load_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Portal, the identity portal.",
)

ROOT = Path(__file__).parents[2]


@app.command()
def run() -> None:
    """Bring the database up to date, then serve until Ctrl-C."""
    from portal.cli.start import prepare  # noqa: PLC0415 - a command loads what it needs, and no more

    settings = load_settings()
    link = prepare(settings)
    print(f"Portal is on {settings.base_url}", flush=True)
    if link:
        print(
            f"\n  No administrator yet. Create the first one here (once, within 24 hours):\n\n    {link}\n",
            flush=True,
        )
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.conf.py")]
    os.execv(sys.executable, gunicorn)  # noqa: S606 - our own interpreter, no shell


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from portal.cli.migrations import upgrade  # noqa: PLC0415 - Alembic is heavy, and only this needs it

    upgrade(load_settings())
    print("The database is up to date.")


@app.command(name="setup-link")
def setup_link() -> None:
    """Print a fresh one-time link for the first administrator."""
    from portal.cli.start import prepare  # noqa: PLC0415

    link = prepare(load_settings())
    print(link or "There is an administrator already; sign in as one, or ask one.")


@app.command()
def settings() -> None:
    """Print every setting with its meaning and default, as the page docs/configuration.md has them."""
    from portal.cli.reference import configuration_page  # noqa: PLC0415

    print(configuration_page(), end="")
