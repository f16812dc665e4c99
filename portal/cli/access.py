"""`portal access ...`: questions to the resolver from the host, answered as everywhere else."""

from typing import Annotated

import typer

from portal.cli.exits import Exit
from portal.cli.output import AsJson, done

access = typer.Typer(no_args_is_help=True, help="Who may do what, and why.")


@access.callback()
def about() -> None:
    """Who may do what, and why."""


@access.command()
def why(
    user: Annotated[str, typer.Argument(help="Username or email address.")],
    action: Annotated[str, typer.Argument(help="create, read, update, delete or admin.")],
    resource: Annotated[
        str, typer.Argument(help="A room of the portal (user, role, …) or a resource of an app.")
    ],
    *,
    at: Annotated[str, typer.Option(help="A moment like 2026-11-23T08:30 (UTC) instead of now.")] = "",
    ip: Annotated[str, typer.Option(help="The address that the person comes from.")] = "",
    client: Annotated[str, typer.Option(help="The app that they use, by its client ID.")] = "",
    amr: Annotated[str, typer.Option(help="Ways in which they signed in, like “pwd otp”.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say whether somebody may do something, why, and what would change it.

    Ends with 0 where they may, 1 where they may not.

    Example: portal access why maya update user --at 2026-11-23T08:30
    """
    from portal.cli.answers import answer, told  # noqa: PLC0415 - loads what it needs, and no more

    given = {
        "who": user,
        "verb": action,
        "resource": resource,
        "at": at,
        "ip": ip,
        "client": client,
        "amr": amr,
    }
    decision = answer({name: value for name, value in given.items() if value})
    done("\n".join(told(decision)), {"permitted": decision.permitted, **decision.to_json()}, as_json=as_json)
    raise typer.Exit(Exit.DONE if decision.permitted else Exit.REFUSED)
