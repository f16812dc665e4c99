"""The group of commands about apps."""

from typing import Annotated

import typer

clients = typer.Typer(no_args_is_help=True, help="Apps that rely on the portal.")
ClientName = Annotated[str, typer.Argument(metavar="CLIENT", help="Its client ID or id.")]


@clients.callback()
def about() -> None:
    """Apps that rely on the portal."""
