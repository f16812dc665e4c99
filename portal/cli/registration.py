"""`portal registration ...`: who may register apps by themselves, from the host."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, NoReturn
from uuid import UUID

import orjson
import typer

from portal.cli.opening import opened_portal

if TYPE_CHECKING:
    from portal.clients.repository import InitialAccessToken
    from portal.clients.schemas import MakeInitialAccessToken

registration = typer.Typer(no_args_is_help=True, help="Apps that register themselves.")
tokens = typer.Typer(no_args_is_help=True, help="Initial access tokens: programs register apps with them.")
registration.add_typer(tokens, name="token")

NOT_DONE: Final = 2

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@tokens.command()
def create(
    label: Annotated[str, typer.Argument(help="What it is for: the name of a pipeline or a team.")],
    *,
    uses: Annotated[int, typer.Option(help="How many apps may come with it.")] = 1,
    days: Annotated[int, typer.Option(help="How long it lets them in.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once. Ends with 0, or with 2 and nothing made."""
    from portal.clients.usecases.initial_access import make_initial_access_token  # noqa: PLC0415 - what it needs
    from portal.infra.actor import CLI  # noqa: PLC0415

    form = _wish(label, uses, days)
    with opened_portal() as portal:
        with portal.unit_of_work(CLI) as uow:
            made = make_initial_access_token(uow, form)
        endpoint = f"{portal.settings.base_url}/oauth2/register"
        facts = _facts(made.token, at=portal.ports.clock.now())
        if portal.settings.client_registration == "closed":
            print(
                "portal: it counts once PORTAL_CLIENT_REGISTRATION is token or open; it is closed",
                file=sys.stderr,
            )
    if as_json:
        _print_json({**facts, "token": made.text, "registration_endpoint": endpoint})
        return
    print(
        f"Whoever has this token registers {_apps(form.uses)} at {endpoint} until {facts['expires_at']}.\n"
        f"It is shown this once:\n\n  {made.text}\n"
    )


@tokens.command(name="list")
def list_tokens(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that let nobody in any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say which tokens there are, newest first. No token can be read again."""
    from portal.clients.repository import InitialAccessTokens  # noqa: PLC0415

    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        rows = [_facts(token, at=at) for token in InitialAccessTokens(session).all()]
    shown = [row for row in rows if everything or row["state"] == "live"]
    if as_json:
        _print_json(shown)
        return
    for row in shown:
        left = f"{row['uses_left']:>6} left"
        print(f"{row['id']}  {row['state']:<7}  {left}  until {row['expires_at']}  {row['label']}")


@tokens.command()
def revoke(
    token_id: Annotated[UUID, typer.Argument(metavar="ID", help="From `portal registration token list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Let nobody in with it any more; apps that came with it stay. Ends with 0, or with 2 if there is no such token."""
    from portal.clients.errors import InitialAccessTokenNotFound  # noqa: PLC0415
    from portal.clients.usecases.initial_access import revoke_initial_access_token  # noqa: PLC0415
    from portal.infra.actor import CLI  # noqa: PLC0415

    with opened_portal() as portal:
        try:
            with portal.unit_of_work(CLI) as uow:
                token = revoke_initial_access_token(uow, token_id)
        except InitialAccessTokenNotFound as unknown:
            _stop(unknown.message)
        facts = _facts(token, at=portal.ports.clock.now())
    if as_json:
        _print_json(facts)
    else:
        print(f"Nobody registers with “{token.label}” any more.")


def _wish(label: str, uses: int, days: int) -> "MakeInitialAccessToken":
    from pydantic import ValidationError  # noqa: PLC0415

    from portal.clients.schemas import MakeInitialAccessToken  # noqa: PLC0415

    try:
        return MakeInitialAccessToken(label=label, uses=uses, days=days)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        _stop(f"{first['loc'][0]}: {first.get('ctx', {}).get('error', first['msg'])}")


def _facts(token: "InitialAccessToken", *, at: datetime) -> dict[str, object]:
    """All that is known of it: the text is kept by nobody here."""
    return {
        "id": str(token.id),
        "label": token.label,
        "state": token.state(at=at),
        "uses_left": token.uses_left,
        "created_at": token.created_at.isoformat(timespec="seconds"),
        "expires_at": token.expires_at.isoformat(timespec="seconds"),
    }


def _apps(number: int) -> str:
    return "one app" if number == 1 else f"{number:,} apps"


def _print_json(facts: object) -> None:
    print(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode())


def _stop(message: str) -> NoReturn:
    print(f"portal: {message}", file=sys.stderr)
    raise typer.Exit(NOT_DONE)
