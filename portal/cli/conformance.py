"""`portal conformance ...`: the fixtures of certification suites, in a portal that is there for nothing else."""

from pathlib import Path
from typing import Annotated, Final

import typer

from portal.infra.settings import load_settings

conformance = typer.Typer(no_args_is_help=True, help="Fixtures for conformance suites; for trials only.")

NOT_DONE: Final = 2


@conformance.callback()
def about() -> None:
    """Fixtures for conformance suites; for trials only."""


@conformance.command()
def load(
    file: Annotated[Path, typer.Argument(help="TOML or JSON, like deploy/conformance/example.toml.")],
    *,
    surely: Annotated[
        bool, typer.Option("--yes-this-is-a-trial", help="Although other people have accounts here.")
    ] = False,
) -> None:
    """Put the people and apps of a file in place, in the place of those with their names.

    Refuses unless the portal is on this machine or PORTAL_TRIAL is set, and where other people have accounts.
    """
    from portal.bootstrap import build_portal  # noqa: PLC0415 - a command loads what it needs
    from portal.cli.fixtures import place, read_fixtures  # noqa: PLC0415
    from portal.cli.start import prepare  # noqa: PLC0415

    portal = build_portal(load_settings())
    fixtures = read_fixtures(file)
    prepare(portal)
    try:
        for line in place(portal, fixtures, surely=surely):
            print(line)
    finally:
        portal.engine.dispose()


@conformance.command()
def secret() -> None:
    """Print a new client secret, for such a file."""
    from portal.infra.crypto.digests import TokenKind, issue  # noqa: PLC0415
    from portal.infra.ids import new_id  # noqa: PLC0415

    print(issue(TokenKind.CLIENT_SECRET, new_id()).token)
