"""The group of commands about groups."""

import typer

groups = typer.Typer(no_args_is_help=True, help="Groups: who is in them, and which roles that brings.")


@groups.callback()
def about() -> None:
    """Groups: who is in them, and which roles that brings."""
