"""`portal registration ...`: who may register apps by themselves, from the host."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, done, print_json, show_list

if TYPE_CHECKING:
    from portal.clients.repository import InitialAccessToken

registration = typer.Typer(no_args_is_help=True, help="Apps that register themselves.")
tokens = typer.Typer(no_args_is_help=True, help="Initial access tokens: programs register apps with them.")
registration.add_typer(tokens, name="token")


@tokens.command()
def create(
    label: Annotated[str, typer.Argument(help="What it is for: the name of a pipeline or a team.")],
    *,
    uses: Annotated[int, typer.Option(help="How many apps may come with it.")] = 1,
    days: Annotated[int, typer.Option(help="How long it lets them in.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once.

    Example: portal registration token create "Kestrel pipeline" --uses 5 --days 30
    """
    from portal.clients.schemas import MakeInitialAccessToken  # noqa: PLC0415 - a command loads what it needs
    from portal.clients.usecases.initial_access import make_initial_access_token  # noqa: PLC0415

    form = MakeInitialAccessToken(label=label, uses=uses, days=days)
    with opened_portal() as portal:
        with acting(portal) as uow:
            made = make_initial_access_token(uow, form)
        endpoint = f"{portal.settings.base_url}/oauth2/register"
        facts = _facts(made.token, at=portal.ports.clock.now())
        if portal.settings.client_registration == "closed":
            print(
                "portal: it counts once PORTAL_CLIENT_REGISTRATION is token or open; it is closed",
                file=sys.stderr,
            )
    if as_json:
        print_json({**facts, "token": made.text, "registration_endpoint": endpoint})
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
    """Say which tokens there are, newest first. No token can be read again.

    Example: portal registration token list --all --json
    """
    from portal.clients.repository import InitialAccessTokens  # noqa: PLC0415

    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        rows = [_facts(token, at=at) for token in InitialAccessTokens(session).all()]
    shown = [row for row in rows if everything or row["state"] == "live"]
    show_list(shown, columns=("id", "state", "uses_left", "expires_at", "label"), as_json=as_json)


@tokens.command()
def revoke(
    token_id: Annotated[UUID, typer.Argument(metavar="ID", help="From `portal registration token list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Let nobody in with it any more; apps that came with it stay.

    Example: portal registration token revoke 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10
    """
    from portal.clients.usecases.initial_access import revoke_initial_access_token  # noqa: PLC0415

    with opened_portal() as portal:
        with acting(portal) as uow:
            token = revoke_initial_access_token(uow, token_id)
        facts = _facts(token, at=portal.ports.clock.now())
    done(f"Nobody registers with “{token.label}” any more.", facts, as_json=as_json)


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
