"""The group of commands about people."""

import typer

users = typer.Typer(no_args_is_help=True, help="People: who has an account, and what they hold.")


@users.callback()
def about() -> None:
    """People: who has an account, and what they hold."""
