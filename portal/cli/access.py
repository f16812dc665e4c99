"""`portal access ...`: questions to the resolver from the host, answered as everywhere else."""

import json
import sys
from typing import Annotated, Final

import typer

access = typer.Typer(no_args_is_help=True, help="Who may do what, and why.")

PERMITTED: Final = 0
NOT_PERMITTED: Final = 1
USAGE: Final = 2


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
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole decision as JSON.")] = False,
) -> None:
    """Say whether somebody may do something, why, and what would change it.

    Ends with 0 where they may, 1 where they may not, 2 where nobody can say.
    """
    from portal.cli.answers import QuestionUnclear, answer, told  # noqa: PLC0415 - loads what it needs, and no more

    given = {
        "who": user,
        "verb": action,
        "resource": resource,
        "at": at,
        "ip": ip,
        "client": client,
        "amr": amr,
    }
    try:
        decision = answer({name: value for name, value in given.items() if value})
    except QuestionUnclear as unclear:
        print(f"portal: {unclear}", file=sys.stderr)
        raise typer.Exit(USAGE) from None
    if as_json:
        print(
            json.dumps({"permitted": decision.permitted, **decision.to_json()}, ensure_ascii=False, indent=2)
        )
    else:
        print("\n".join(told(decision)))
    raise typer.Exit(PERMITTED if decision.permitted else NOT_PERMITTED)
