"""The group of commands about roles."""

import typer

roles = typer.Typer(no_args_is_help=True, help="Roles: what they permit, and who holds them.")


@roles.callback()
def about() -> None:
    """Roles: what they permit, and who holds them."""
